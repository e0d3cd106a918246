//! Prometheus' text format read back: what this process measured, for those who do not scrape.

/// One metric with everything that was measured under its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Family<'a> {
    /// As it stands in the text.
    pub name: &'a str,
    /// `counter`, `gauge`, `histogram`, `summary`.
    pub kind: &'a str,
    /// What it means.
    pub help: &'a str,
    /// In the order of the text.
    pub samples: Vec<Sample<'a>>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample<'a> {
    /// What its name has behind the metric's: nothing, `_bucket`, `_sum`, `_count`.
    pub suffix: &'a str,
    /// Names and values, unescaped.
    pub labels: Vec<(&'a str, String)>,
    /// What was measured.
    pub value: f64,
}

/// Reads what the recorder rendered. Lines of another form are passed over.
pub fn read(text: &str) -> Vec<Family<'_>> {
    let mut families: Vec<Family<'_>> = Vec::new();
    let mut help = ("", "");
    for line in text.lines() {
        if let Some(said) = line.strip_prefix("# HELP ") {
            help = said.split_once(' ').unwrap_or((said, ""));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|said| said.split_once(' ')) {
            families.push(Family {
                name,
                kind,
                help: if help.0 == name { help.1 } else { "" },
                samples: Vec::new(),
            });
        } else if let Some(family) = families.last_mut() {
            family.samples.extend(sample(family.name, line));
        }
    }
    families
}

/// The sum of a counter's or gauge's values, whatever their labels; 0: nothing was measured yet.
pub fn total(families: &[Family<'_>], name: &str, label: Option<(&str, &str)>) -> f64 {
    let is_wanted = |sample: &&Sample<'_>| label.is_none_or(|(key, value)| sample.labels.iter().any(|(k, v)| *k == key && v == value));
    let wanted = families.iter().filter(|family| family.name == name);
    wanted
        .flat_map(|family| family.samples.iter().filter(is_wanted))
        .map(|sample| sample.value)
        .sum()
}

/// A counter's value, or a gauge's that counts something.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are whole and not negative"
)]
pub fn whole(count: f64) -> u64 {
    count as u64
}

fn sample<'a>(family: &str, line: &'a str) -> Option<Sample<'a>> {
    let rest = line.strip_prefix(family)?;
    let (suffix, rest) = rest.split_at(rest.find(['{', ' '])?);
    let (labels, value) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Vec::new(), rest),
    };
    let value = value.trim().split(' ').next()?.parse().ok()?;
    Some(Sample { suffix, labels, value })
}

/// `a="b",c="d"} 5`: the labels, and what stands behind them.
fn labels(mut text: &str) -> Option<(Vec<(&str, String)>, &str)> {
    let mut labels = Vec::new();
    loop {
        text = text.trim_start_matches([',', ' ']);
        if let Some(rest) = text.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, rest) = text.split_once("=\"")?;
        let (value, rest) = quoted(rest)?;
        labels.push((name, value));
        text = rest;
    }
}

/// A value up to its closing quotation mark, and what stands behind that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, letter) in text.char_indices() {
        match (is_escaped, letter) {
            (true, 'n') => value.push('\n'),
            (false, '\\') => {}
            (false, '"') => return Some((value, &text[at + 1..])),
            (true | false, other) => value.push(other),
        }
        is_escaped = !is_escaped && letter == '\\';
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# HELP heliograph_commands_total Commands answered, by outcome
# TYPE heliograph_commands_total counter
heliograph_commands_total{outcome="accepted"} 5
heliograph_commands_total{outcome="a \"b\"\\\n,}"} 2

# TYPE heliograph_append_seconds histogram
heliograph_append_seconds_bucket{le="0.5"} 3
heliograph_append_seconds_bucket{le="+Inf"} 4
heliograph_append_seconds_sum 0.75
heliograph_append_seconds_count 4
"#;

    #[test]
    fn what_was_rendered_is_read() {
        let read = read(TEXT);
        assert_eq!(read.len(), 2);
        assert_eq!(
            (read[0].name, read[0].kind, read[0].help),
            ("heliograph_commands_total", "counter", "Commands answered, by outcome")
        );
        assert_eq!(read[0].samples[1].labels, [("outcome", "a \"b\"\\\n,}".to_owned())]);
        let suffixes: Vec<&str> = read[1].samples.iter().map(|sample| sample.suffix).collect();
        assert_eq!(suffixes, ["_bucket", "_bucket", "_sum", "_count"]);
        assert_eq!(read[1].samples[1].labels[0].1.parse(), Ok(f64::INFINITY));
    }

    #[test]
    fn totals_go_over_labels() {
        let read = read(TEXT);
        let total = |label| super::total(&read, "heliograph_commands_total", label);
        assert!((total(None) - 7.0).abs() < f64::EPSILON);
        assert!((total(Some(("outcome", "accepted"))) - 5.0).abs() < f64::EPSILON);
        assert!(super::total(&read, "unheard_of", None).abs() < f64::EPSILON);
    }
}
