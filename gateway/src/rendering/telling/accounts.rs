//! What an account's devices are told about a fact of the account.

use domain::account::Event;
use domain::account::event::{ContactAdded, DeviceName, Profile};
use domain::fact::Fact;
use domain::sealed::Sealed;

use crate::rendering::Opener;
use crate::rendering::update::{AccountUpdate as Told, AddressView, Happened, NameView, Update, UsernameView};

impl Opener<'_> {
    /// An update about an account.
    pub(super) fn account(self, fact: &Fact, event: &Event) -> Update {
        let happened = Happened::of(fact);
        Update::Account(match event {
            Event::Registered(_) | Event::FactorPassed(_) | Event::FactorFailed(_) | Event::Erased(_) => {
                return Update::unsupported(happened);
            }
            Event::ProfileChanged(changed) => self.profile(fact, &changed.profile),
            Event::DeviceAuthorised(authorised) => {
                let (device, (name, platform)) = (authorised.device, self.device(fact, &authorised.name));
                Told::DeviceAuthorised {
                    device,
                    name,
                    platform,
                    happened,
                }
            }
            Event::DeviceEnded(ended) => {
                let (device, reason) = (ended.device, ended.reason);
                Told::DeviceEnded { device, reason, happened }
            }
            Event::DeviceRenamed(renamed) => {
                let (device, (name, platform)) = (renamed.device, self.device(fact, &renamed.name));
                Told::DeviceRenamed {
                    device,
                    name,
                    platform,
                    happened,
                }
            }
            Event::UsernameRequested(requested) => Told::UsernameRequested {
                username: UsernameView::of(self.open(&fact.stream, &requested.username).map(|name| name.username)),
                happened,
            },
            Event::UsernameChanged(changed) => Told::UsernameChanged {
                username: changed.username.as_ref().map_or_else(UsernameView::default, |username| {
                    UsernameView::of(self.open(&fact.stream, username).map(|name| name.username))
                }),
                happened,
            },
            Event::UsernameRefused(_) => Told::UsernameRefused { happened },
            Event::AddressAdded(added) => Told::AddressAdded {
                purpose: added.purpose,
                address: AddressView::of(self.open(&fact.stream, &added.address).map(|address| address.address)),
                happened,
            },
            Event::AddressDropped(dropped) => Told::AddressDropped {
                purpose: dropped.purpose,
                happened,
            },
            Event::PasswordSet(_) => Told::PasswordSet { happened },
            Event::PasswordRemoved(removed) => Told::PasswordRemoved {
                recovered: removed.recovered_by.is_some(),
                happened,
            },
            Event::TotpSet(_) => Told::TotpSet { happened },
            Event::TotpRemoved(_) => Told::TotpRemoved { happened },
            Event::RecoveryCodesMade(made) => Told::RecoveryCodesMade {
                count: made.count,
                happened,
            },
            Event::ContactAdded(added) => self.contact(fact, added),
            Event::ContactRemoved(removed) => Told::ContactRemoved {
                account: removed.account,
                happened,
            },
            Event::Blocked(blocked) => Told::Blocked {
                account: blocked.account,
                happened,
            },
            Event::Unblocked(unblocked) => Told::Unblocked {
                account: unblocked.account,
                happened,
            },
            Event::PrivacyChanged(changed) => Told::PrivacyChanged {
                privacy: changed.privacy.into(),
                happened,
            },
            Event::Promoted(_) => Told::Promoted { happened },
            Event::Demoted(_) => Told::Demoted { happened },
            Event::Suspended(_) => Told::Suspended { happened },
            Event::Restored(_) => Told::Restored { happened },
            Event::ErasureScheduled(scheduled) => Told::ErasureScheduled {
                due_at: scheduled.due_at,
                happened,
            },
            Event::ErasureCalledOff(_) => Told::ErasureCalledOff { happened },
            Event::ErasureBegun(_) => Told::ErasureBegun { happened },
        })
    }

    fn profile(self, fact: &Fact, profile: &Sealed<Profile>) -> Told {
        let profile = self.open(&fact.stream, profile);
        Told::ProfileChanged {
            bio: profile.as_ref().ok().and_then(|profile| profile.bio.clone()),
            name: NameView::of(profile.map(|profile| profile.name)),
            happened: Happened::of(fact),
        }
    }

    fn device(self, fact: &Fact, name: &Sealed<DeviceName>) -> (NameView, Option<String>) {
        let name = self.open(&fact.stream, name);
        let platform = name.as_ref().ok().and_then(|name| name.platform.clone());
        (NameView::of(name.map(|name| name.name)), platform)
    }

    fn contact(self, fact: &Fact, added: &ContactAdded) -> Told {
        let name = added.name.as_ref().map_or_else(NameView::default, |name| {
            NameView::of(self.open(&fact.stream, name).map(|name| name.name))
        });
        Told::ContactAdded {
            account: added.account,
            name,
            happened: Happened::of(fact),
        }
    }
}
