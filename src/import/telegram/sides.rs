//! Whose a chat is. Direct chats and small groups number their messages for each account apart: the same chat of another exporter has other numbers.

use uuid::Uuid;

use super::super::told::part;
use super::export::Chat;

/// Whether it has two sides and no members.
pub(super) fn is_direct(chat: &Chat) -> bool {
    matches!(chat.kind.as_str(), "personal_chat" | "bot_chat" | "saved_messages")
}

/// The two sides of a direct chat, the exporter's first: the other has the chat's number, and who else writes is the one who exported.
/// Where only the other has written, the export says who that is, if it is one of everything.
pub(super) fn of(chat: &Chat, exporter: Option<&str>) -> Option<(String, String)> {
    let other = format!("user{}", chat.id);
    let mut authors = chat.messages.iter().filter_map(|message| message.from_id.as_deref());
    match chat.kind.as_str() {
        "saved_messages" => authors.next().map(|own| (own.to_owned(), own.to_owned())),
        _ => authors.find(|id| *id != other).or(exporter).map(|own| (own.to_owned(), other)),
    }
}

/// Of what happens in a chat. A direct chat tells itself who exported it, be it exported alone or with all others.
pub(super) fn key(chat: &Chat, exporter: Option<&str>, all: Uuid) -> Uuid {
    let own = match chat.kind.as_str() {
        _ if is_direct(chat) => of(chat, exporter).map(|(own, _)| own),
        "private_group" => exporter.map(str::to_owned),
        _ => None,
    };
    let own = own.map(|own| format!(":of:{own}")).unwrap_or_default();
    part(all, &format!("chat:{}{own}", chat.id))
}

#[cfg(test)]
mod tests {
    use super::super::super::told::source;
    use super::*;

    fn key_of(kind: &str, id: i64, author: &str, exporter: Option<&str>) -> Uuid {
        let chat = format!(r#"{{"type":"{kind}","id":{id},"messages":[{{"id":1,"from_id":"{author}"}}]}}"#);
        key(&serde_json::from_str(&chat).unwrap(), exporter, source("telegram"))
    }

    #[test]
    fn direct_chats_of_two_exporters_with_the_same_person_are_two() {
        let of_ann = key_of("personal_chat", 7, "user1", None);
        assert_ne!(of_ann, key_of("personal_chat", 7, "user2", None));
        assert_eq!(
            of_ann,
            key_of("personal_chat", 7, "user1", Some("user1")),
            "exported alone or with all others"
        );
        assert_ne!(
            key_of("saved_messages", 1, "user1", None),
            key_of("saved_messages", 2, "user2", None)
        );
    }

    #[test]
    fn a_small_group_is_its_exporters_and_a_large_one_everybodys() {
        let of = |kind, exporter| key_of(kind, 9, "user3", Some(exporter));
        assert_ne!(of("private_group", "user1"), of("private_group", "user2"));
        assert_eq!(of("private_supergroup", "user1"), of("private_supergroup", "user2"));
    }
}
