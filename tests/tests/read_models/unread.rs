//! Lists of chats: their order, and what is unread in each.

use crate::chronicle::{Chronicle, account};
use domain::chat::Role;
use domain::chat::event::{Event, MemberGone};
use domain::id::MessageId;
use domain::stream::Stream;
use infra::db::Engine;
use projections::dialogs;

use crate::annals::chat_id;
use crate::database::Database;
use crate::deeds::{CAROL, alice, bob, deletes, group, member, message, reads, says};

pub(crate) async fn dialogs_are_ordered_by_activity_and_count_what_is_unread(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    for number in [1, 2, 3] {
        group(&mut chronicle, chat_id(number));
    }
    for id in 1..=4 {
        says(&mut chronicle, chat_id(1), id, alice());
    }
    says(&mut chronicle, chat_id(2), 1, bob());
    deletes(&mut chronicle, chat_id(1), &[1, 4]);
    reads(&mut chronicle, bob(), chat_id(1), 2);
    reads(&mut chronicle, bob(), chat_id(1), 1);
    database.apply(&chronicle.facts).await;
    let db = database.db();
    let page = dialogs::page(db, bob(), None, None, 10).await.unwrap();
    let seen: Vec<_> = page
        .iter()
        .map(|dialog| (dialog.chat, dialog.unread, dialog.read_up_to.map(MessageId::get)))
        .collect();
    assert_eq!(seen, [(chat_id(2), 0, Some(1)), (chat_id(1), 1, Some(2)), (chat_id(3), 0, None)]);
    assert_eq!((page[1].members, page[1].top_message), (2, Some(message(4))));
    assert_eq!(page[1].last.as_ref().map(|last| last.message), Some(message(3)));
    assert_eq!(page[2].last, None);
    let mut places = None;
    for dialog in &page {
        let next = dialogs::page(db, bob(), None, places, 1).await.unwrap();
        assert_eq!(next, std::slice::from_ref(dialog));
        places = Some(dialog.place());
        assert_eq!(dialogs::dialog(db, bob(), dialog.chat).await.unwrap().as_ref(), Some(dialog));
    }
    assert_eq!(dialogs::page(db, bob(), None, places, 1).await.unwrap(), []);
    let own = dialogs::dialog(db, alice(), chat_id(1)).await.unwrap().unwrap();
    assert_eq!((own.unread, own.read_up_to), (0, Some(message(4))));
}

pub(crate) async fn who_joins_late_has_read_what_was_said_before(engine: Engine) {
    let database = Database::open(engine).await;
    let mut chronicle = Chronicle::default();
    let (chat, carol) = (chat_id(1), account(CAROL));
    group(&mut chronicle, chat);
    says(&mut chronicle, chat, 1, alice());
    says(&mut chronicle, chat, 2, alice());
    chronicle.record(
        Stream::Chat(chat),
        alice(),
        Event::MemberAdded(member(CAROL, Role::Member, Some(2))),
    );
    says(&mut chronicle, chat, 3, alice());
    chronicle.record(
        Stream::Chat(chat),
        carol,
        Event::MemberLeft(MemberGone {
            account: carol,
            message: None,
            count: None,
        }),
    );
    for id in [4, 5] {
        says(&mut chronicle, chat, id, alice());
    }
    let joined = chronicle.record(
        Stream::Chat(chat),
        alice(),
        Event::MemberAdded(member(CAROL, Role::Member, Some(5))),
    );
    says(&mut chronicle, chat, 6, alice());
    database.apply(&chronicle.facts[..5]).await;
    let unread = async || {
        dialogs::dialog(database.db(), carol, chat)
            .await
            .unwrap()
            .map(|dialog| dialog.unread)
    };
    assert_eq!(unread().await, Some(1));
    database.apply(&chronicle.facts[5..8]).await;
    assert_eq!(unread().await, None);
    database.apply(&chronicle.facts[8..]).await;
    assert_eq!(unread().await, Some(1));
    let standing = dialogs::standing(&database.models, carol, chat).await.unwrap().unwrap();
    assert_eq!((standing.member, standing.joined_at), (true, Some(joined.recorded_at)));
}
