//! Any event of a group beside its members' coming and going.

use std::num::NonZeroU32;

use domain::chat::event::{
    Described, JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked, MemberBanned, MemberRestricted, MemberUnbanned,
    PermissionsChanged, ProtectionChanged, SlowModeChanged,
};
use domain::chat::{Event as Is, Permission, SlowMode, Terms};
use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{accounts, keys, links, sealed, times};

pub(super) fn of_groups() -> impl Strategy<Value = Is> {
    prop_oneof![settings(), bans(), invitations()]
}

fn settings() -> impl Strategy<Value = Is> {
    let slow = (0..=SlowMode::MAX).prop_map(|seconds| SlowMode::new(seconds).expect("in range"));
    prop_oneof![
        option::of(sealed()).prop_map(|description| Is::Described(Described { description })),
        denied().prop_map(|denied| Is::PermissionsChanged(PermissionsChanged { denied })),
        slow.prop_map(|seconds| Is::SlowModeChanged(SlowModeChanged { seconds })),
        any::<bool>().prop_map(|protected| Is::ProtectionChanged(ProtectionChanged { protected })),
    ]
}

fn bans() -> impl Strategy<Value = Is> {
    prop_oneof![
        (accounts(), denied(), option::of(times())).prop_map(|(account, denied, until)| Is::MemberRestricted(MemberRestricted {
            account,
            denied,
            until
        })),
        (accounts(), option::of(times())).prop_map(|(account, until)| Is::MemberBanned(MemberBanned { account, until })),
        accounts().prop_map(|account| Is::MemberUnbanned(MemberUnbanned { account })),
    ]
}

fn invitations() -> impl Strategy<Value = Is> {
    prop_oneof![
        (links(), keys(), terms(), sealed()).prop_map(|(link, key, terms, secret)| Is::LinkMade(LinkMade { link, key, terms, secret })),
        (links(), terms(), sealed()).prop_map(|(link, terms, label)| Is::LinkChanged(LinkChanged { link, terms, label })),
        links().prop_map(|link| Is::LinkRevoked(LinkRevoked { link })),
        (accounts(), links()).prop_map(|(account, link)| Is::JoinRequested(JoinRequested { account, link })),
        accounts().prop_map(|account| Is::JoinDeclined(JoinDeclined { account })),
    ]
}

fn denied() -> impl Strategy<Value = std::collections::BTreeSet<Permission>> {
    btree_set(select(Permission::ALL.to_vec()), 0..=5)
}

fn terms() -> impl Strategy<Value = Terms> {
    (option::of(any::<NonZeroU32>()), option::of(times()), any::<bool>()).prop_map(|(uses_max, until, requests)| Terms {
        uses_max,
        until,
        requests,
    })
}
