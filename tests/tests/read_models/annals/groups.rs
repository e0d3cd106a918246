//! What those who lead a group do: bans, restrictions, settings, links.

use crate::chronicle::sealed;
use domain::chat::event::{
    Described, Event, JoinDeclined, JoinRequested, LinkChanged, LinkMade, LinkRevoked, MemberBanned, MemberRestricted, MemberUnbanned,
    PermissionsChanged, ProtectionChanged, SlowModeChanged, Terms,
};
use domain::chat::{Permission, SlowMode};
use domain::id::{AccountId, LinkId, NameKey};
use domain::time::Timestamp;

use super::{Chat, Move};

impl Chat {
    /// Something that a group's rules are about, or who may come in.
    pub(super) fn ruled(&mut self, step: &Move, who: AccountId, whom: AccountId) -> Event {
        let flag = step.number % 2 == 0;
        let until = flag.then_some(Timestamp(1_800_000_000_000_000 + step.number));
        let terms = Terms {
            uses_max: None,
            until,
            requests: flag,
        };
        let link = LinkId::try_from(step.number % self.links.max(1) + 1).unwrap();
        match step.what {
            45 => Event::MemberBanned(MemberBanned { account: whom, until }),
            46 => Event::MemberUnbanned(MemberUnbanned { account: whom }),
            47 => {
                let denied = Permission::ALL.into_iter().take(usize::from(flag) * 2).collect();
                Event::MemberRestricted(MemberRestricted {
                    account: whom,
                    denied,
                    until,
                })
            }
            48 => self.made(who, terms),
            49 if flag => Event::LinkRevoked(LinkRevoked { link }),
            49 => Event::LinkChanged(LinkChanged {
                link,
                terms,
                label: sealed(who, "label"),
            }),
            50 if flag => Event::JoinRequested(JoinRequested { account: whom, link }),
            50 => Event::JoinDeclined(JoinDeclined { account: whom }),
            51 if flag => Event::Described(Described {
                description: (step.number % 4 == 0).then(|| sealed(who, "about us")),
            }),
            51 => Event::PermissionsChanged(PermissionsChanged {
                denied: Permission::ALL.into_iter().take(usize::from(step.number % 4 == 1)).collect(),
            }),
            _ if flag => Event::ProtectionChanged(ProtectionChanged {
                protected: step.number % 4 == 0,
            }),
            _ => Event::SlowModeChanged(SlowModeChanged {
                seconds: SlowMode::new(u32::try_from(step.number).unwrap()).unwrap(),
            }),
        }
    }

    fn made(&mut self, who: AccountId, terms: Terms) -> Event {
        self.links += 1;
        let (number, chat) = (self.links, self.number);
        let key: NameKey = format!("{chat:032x}{number:032x}").parse().unwrap();
        Event::LinkMade(LinkMade {
            link: LinkId::try_from(number).unwrap(),
            key,
            terms,
            secret: sealed(who, "token"),
        })
    }
}
