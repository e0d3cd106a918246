//! What the recorder of `/metrics` holds, as OTLP: the same names, labels and buckets, at no further cost where something is measured.

use std::collections::BTreeMap;

use domain::time::Timestamp;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource as WireResource;
use opentelemetry_sdk::Resource;
use prost::Message as _;

use super::exposition::{self, Family, Sample, whole};

/// Who tells, and since when.
#[derive(Debug)]
pub(super) struct Metrics {
    resource: WireResource,
    since: u64,
}

impl Metrics {
    pub(super) fn new(resource: &Resource, since: Timestamp) -> Self {
        let attributes = resource.iter().map(|(key, value)| attribute(key.as_str(), &value.to_string()));
        Self {
            resource: WireResource {
                attributes: attributes.collect(),
                ..WireResource::default()
            },
            since: nanos(since),
        }
    }

    /// What was rendered, as a request to a collector.
    pub(super) fn encode(&self, rendered: &str, now: Timestamp) -> Vec<u8> {
        let span = Span {
            since: self.since,
            now: nanos(now),
        };
        let families = exposition::read(rendered);
        let scope = ScopeMetrics {
            scope: Some(InstrumentationScope {
                name: "heliograph".to_owned(),
                ..InstrumentationScope::default()
            }),
            metrics: families.iter().filter_map(|family| span.metric(family)).collect(),
            ..ScopeMetrics::default()
        };
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(self.resource.clone()),
                scope_metrics: vec![scope],
                ..ResourceMetrics::default()
            }],
        };
        request.encode_to_vec()
    }
}

/// From when to when was measured.
#[derive(Debug, Clone, Copy)]
struct Span {
    since: u64,
    now: u64,
}

const SINCE_START: i32 = AggregationTemporality::Cumulative as i32;

impl Span {
    fn metric(self, family: &Family<'_>) -> Option<Metric> {
        let data = match family.kind {
            "counter" => Data::Sum(Sum {
                data_points: self.numbers(family),
                aggregation_temporality: SINCE_START,
                is_monotonic: true,
            }),
            "gauge" => Data::Gauge(Gauge {
                data_points: self.numbers(family),
            }),
            "histogram" => Data::Histogram(Histogram {
                data_points: groups(family, "le").into_values().map(|group| self.histogram(&group)).collect(),
                aggregation_temporality: SINCE_START,
            }),
            "summary" => Data::Summary(Summary {
                data_points: groups(family, "quantile").into_values().map(|group| self.summary(&group)).collect(),
            }),
            _ => return None,
        };
        Some(Metric {
            name: family.name.to_owned(),
            description: family.help.to_owned(),
            unit: if family.name.ends_with("_seconds") { "s" } else { "" }.to_owned(),
            data: Some(data),
            ..Metric::default()
        })
    }

    fn numbers(self, family: &Family<'_>) -> Vec<NumberDataPoint> {
        let point = |sample: &Sample<'_>| NumberDataPoint {
            attributes: attributes(sample, ""),
            start_time_unix_nano: self.since,
            time_unix_nano: self.now,
            value: Some(number_data_point::Value::AsDouble(sample.value)),
            ..NumberDataPoint::default()
        };
        family.samples.iter().map(point).collect()
    }

    /// Buckets there hold what is up to their bound, here what is between two bounds.
    fn histogram(self, group: &[&Sample<'_>]) -> HistogramDataPoint {
        let mut buckets: Vec<(f64, u64)> = of(group, "_bucket")
            .filter_map(|sample| Some((bound(sample, "le")?, whole(sample.value))))
            .collect();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut before = 0;
        let mut between = |up_to: u64| up_to.saturating_sub(std::mem::replace(&mut before, up_to));
        HistogramDataPoint {
            attributes: group.first().map(|sample| attributes(sample, "le")).unwrap_or_default(),
            start_time_unix_nano: self.since,
            time_unix_nano: self.now,
            count: of(group, "_count").next().map_or(0, |sample| whole(sample.value)),
            sum: of(group, "_sum").next().map(|sample| sample.value),
            bucket_counts: buckets.iter().map(|(_, up_to)| between(*up_to)).collect(),
            explicit_bounds: buckets.iter().map(|(bound, _)| *bound).filter(|bound| bound.is_finite()).collect(),
            ..HistogramDataPoint::default()
        }
    }

    fn summary(self, group: &[&Sample<'_>]) -> SummaryDataPoint {
        let quantile = |sample: &Sample<'_>| {
            let (quantile, value) = (bound(sample, "quantile")?, sample.value);
            Some(ValueAtQuantile { quantile, value })
        };
        SummaryDataPoint {
            attributes: group.first().map(|sample| attributes(sample, "quantile")).unwrap_or_default(),
            start_time_unix_nano: self.since,
            time_unix_nano: self.now,
            count: of(group, "_count").next().map_or(0, |sample| whole(sample.value)),
            sum: of(group, "_sum").next().map_or(0.0, |sample| sample.value),
            quantile_values: of(group, "").filter_map(quantile).collect(),
            ..SummaryDataPoint::default()
        }
    }
}

/// Lines that differ by nothing but this label belong together.
fn groups<'f, 'a>(family: &'f Family<'a>, but: &str) -> BTreeMap<Vec<(&'a str, &'f str)>, Vec<&'f Sample<'a>>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for sample in &family.samples {
        let labels = sample.labels.iter().filter(|(name, _)| *name != but);
        let key: Vec<_> = labels.map(|(name, value)| (*name, value.as_str())).collect();
        groups.entry(key).or_default().push(sample);
    }
    groups
}

fn of<'g, 'a>(group: &'g [&'g Sample<'a>], suffix: &'g str) -> impl Iterator<Item = &'g Sample<'a>> {
    group.iter().copied().filter(move |sample| sample.suffix == suffix)
}

fn bound(sample: &Sample<'_>, label: &str) -> Option<f64> {
    let (_, value) = sample.labels.iter().find(|(name, _)| *name == label)?;
    value.parse().ok()
}

fn attributes(sample: &Sample<'_>, but: &str) -> Vec<KeyValue> {
    let labels = sample.labels.iter().filter(|(name, _)| *name != but);
    labels.map(|(name, value)| attribute(name, value)).collect()
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

fn nanos(at: Timestamp) -> u64 {
    u64::try_from(at.0).unwrap_or(0).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# TYPE a_seconds histogram
a_seconds_bucket{lane="0",le="0.5"} 3
a_seconds_bucket{lane="0",le="1"} 3
a_seconds_bucket{lane="0",le="+Inf"} 4
a_seconds_sum{lane="0"} 2.5
a_seconds_count{lane="0"} 4
# TYPE b summary
b{quantile="0.5"} 7
b_sum 14
b_count 2
# TYPE c_total counter
c_total{x="y"} 3
"#;

    fn metrics() -> Vec<Metric> {
        let told = Metrics::new(&Resource::builder_empty().build(), Timestamp(1)).encode(TEXT, Timestamp(2));
        let mut request = ExportMetricsServiceRequest::decode(told.as_slice()).unwrap();
        request.resource_metrics.remove(0).scope_metrics.remove(0).metrics
    }

    #[test]
    fn buckets_hold_what_is_between_their_bounds() {
        let Some(Data::Histogram(histogram)) = &metrics()[0].data else {
            panic!("a histogram")
        };
        let [point] = &histogram.data_points[..] else { panic!("one point") };
        assert_eq!(
            (&point.bucket_counts[..], &point.explicit_bounds[..]),
            (&[3, 0, 1][..], &[0.5, 1.0][..])
        );
        assert_eq!((point.count, point.sum, point.attributes.len()), (4, Some(2.5), 1));
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1000, 2000));
    }

    #[test]
    fn quantiles_and_counts_stay_what_they_are() {
        let metrics = metrics();
        let Some(Data::Summary(summary)) = &metrics[1].data else {
            panic!("a summary")
        };
        assert_eq!((summary.data_points[0].count, summary.data_points[0].quantile_values.len()), (2, 1));
        let Some(Data::Sum(sum)) = &metrics[2].data else { panic!("a sum") };
        assert!(sum.is_monotonic);
        assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsDouble(3.0)));
    }
}
