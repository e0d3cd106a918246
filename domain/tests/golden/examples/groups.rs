//! Examples of what happens in groups: service messages, settings, bans and links.

use std::num::NonZeroU32;

use domain::chat::event::{
    Described, JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked, MemberAdded, MemberBanned, MemberGone, MemberRestricted,
    MemberUnbanned, MessageSent, PermissionsChanged, ProtectionChanged, Renamed, RoleChanged, SlowModeChanged,
};
use domain::chat::{Event as Is, Permission, Right, Role, SlowMode, Terms};
use domain::id::LinkId;
use domain::testing::{ALICE, BOB, NOON, message, name_key};

use super::{gone, member, sealed};

pub(super) fn all() -> Vec<Is> {
    [services(), settings(), bans(), links()].concat()
}

fn services() -> Vec<Is> {
    let gone_as = |account| MemberGone {
        message: Some(message(8)),
        count: Some(2),
        ..gone(account)
    };
    vec![
        Is::Renamed(Renamed {
            message: Some(message(8)),
            title: sealed(ALICE),
        }),
        Is::MemberAdded(MemberAdded {
            after: Some(message(7)),
            message: Some(message(8)),
            count: Some(3),
            link: Some(link()),
            ..member(BOB, Role::Member)
        }),
        Is::MemberRemoved(gone_as(BOB)),
        Is::MemberLeft(gone_as(ALICE)),
        Is::RoleChanged(RoleChanged {
            account: BOB,
            role: Role::Admin(Right::ALL.into()),
        }),
        Is::MessageSent(MessageSent {
            length: 2,
            slow_until: Some(NOON),
            ..MessageSent::plain(message(9), BOB, sealed(BOB))
        }),
    ]
}

fn settings() -> Vec<Is> {
    let denied = |denied: &[Permission]| {
        let denied = denied.iter().copied().collect();
        Is::PermissionsChanged(PermissionsChanged { denied })
    };
    let slow = |seconds| SlowMode::new(seconds).expect("at most a day");
    vec![
        Is::Described(Described {
            description: Some(sealed(ALICE)),
        }),
        Is::Described(Described { description: None }),
        denied(&Permission::ALL),
        denied(&[]),
        Is::SlowModeChanged(SlowModeChanged { seconds: slow(30) }),
        Is::SlowModeChanged(SlowModeChanged { seconds: slow(0) }),
        Is::ProtectionChanged(ProtectionChanged { protected: true }),
    ]
}

fn bans() -> Vec<Is> {
    let restricted = |denied: &[Permission], until| {
        let denied = denied.iter().copied().collect();
        Is::MemberRestricted(MemberRestricted {
            account: BOB,
            denied,
            until,
        })
    };
    let banned = |until| Is::MemberBanned(MemberBanned { account: BOB, until });
    vec![
        restricted(&[Permission::Write, Permission::React], Some(NOON)),
        restricted(&[], None),
        banned(Some(NOON)),
        banned(None),
        Is::MemberUnbanned(MemberUnbanned { account: BOB }),
    ]
}

fn links() -> Vec<Is> {
    let terms = Terms {
        uses_max: NonZeroU32::new(10),
        until: Some(NOON),
        requests: true,
    };
    let made = |terms| {
        Is::LinkMade(LinkMade {
            link: link(),
            key: name_key('a'),
            terms,
            secret: sealed(ALICE),
        })
    };
    let changed = |terms| {
        Is::LinkChanged(LinkChanged {
            link: link(),
            terms,
            label: sealed(BOB),
        })
    };
    vec![
        made(terms),
        made(Terms::default()),
        changed(terms),
        changed(Terms::default()),
        Is::LinkRevoked(LinkRevoked { link: link() }),
        Is::JoinRequested(JoinRequested {
            account: BOB,
            link: link(),
        }),
        Is::JoinDeclined(JoinDeclined { account: BOB }),
    ]
}

fn link() -> LinkId {
    LinkId::new(3).expect("a small number")
}
