//! Stories with a name: what the tests play in every topology, and what the binary writes.

use crate::script::{Answer, Ending, Fork, Refusal, Story, Text};

/// A story waiting for its seed and its surroundings.
pub struct Named {
    pub name: &'static str,
    pub about: &'static str,
    pub tell: fn(Story) -> Story,
}

pub const ALL: &[Named] = &[
    Named { name: "adhoc", about: "ad-hoc group from creation to inactivity, with everything in between", tell: adhoc },
    Named { name: "answers", about: "late, declining, busy and silent invitees", tell: answers },
    Named {
        name: "asleep",
        about: "a client that is away when the session ends, and what was kept for it",
        tell: asleep,
    },
    Named { name: "chunks", about: "large messages in chunks, images, reports, messages in a burst", tell: chunks },
    Named { name: "closed", about: "closed group; a lost connection and the re-join", tell: closed },
    Named { name: "declined", about: "a client that wants nothing of what was kept for it", tell: declined },
    Named {
        name: "deferred",
        about: "a client that is away, and what was kept for it until it comes back",
        tell: deferred,
    },
    Named { name: "devicelost", about: "a user with two clients, of which one is lost", tell: device_lost },
    Named { name: "devices", about: "a user with two clients, who leaves with one of them", tell: devices },
    Named { name: "extend", about: "1-1 session extended to a group", tell: extend },
    Named { name: "forked", about: "a user with two telephones, which both answer, and one is ended", tell: forked },
    Named { name: "interrupted", about: "a client that leaves while it is given what was kept", tell: interrupted },
    Named { name: "interworked", about: "a user with three clients, of which one is lost", tell: interworked },
    Named { name: "joined", about: "a running group that somebody joins, leaves and comes back to", tell: joined },
    Named { name: "modify", about: "streams added and taken back by re-INVITE, accepted and refused", tell: modify },
    Named { name: "predefined", about: "pre-defined group, an anonymous joiner", tell: predefined },
    Named { name: "race", about: "a SEND that crosses the BYE is answered 481", tell: race },
    Named { name: "refusals", about: "nobody accepts; 486 + 102, 403 + 122, 404 + 123", tell: refusals },
    Named {
        name: "refused",
        about: "a re-join refused because the session is gone, and the group made anew",
        tell: refused,
    },
    Named { name: "restart", about: "long-lived group: inactivity, restart, the last one leaves", tell: restart },
    Named { name: "ringing", about: "a user with two telephones, which both ring, and one answers", tell: ringing },
    Named { name: "selected", about: "a user with two clients, of which the first to write goes on", tell: selected },
    Named { name: "short", about: "three people, one message", tell: short },
    Named { name: "talk", about: "five people who write four messages each", tell: talk },
    Named {
        name: "unwoken",
        about: "a client that comes back to a session that its focus has forgotten",
        tell: unwoken,
    },
    Named {
        name: "woken",
        about: "a client that comes back after the session has ended, and restarts it",
        tell: woken,
    },
];

pub fn find(name: &str) -> Option<&'static Named> {
    ALL.iter().find(|story| story.name == name)
}

fn short(story: Story) -> Story {
    story.participants(3).create("A", &["B", "C"]).message("A", "Hello, all of you").end(Ending::Inactivity)
}

fn talk(story: Story) -> Story {
    let created = story.participants(5).create("A", &["B", "C", "D", "E"]);
    let everybody = ["A", "B", "C", "D", "E"].into_iter().cycle().take(20);
    everybody.fold(created, |told, who| told.message(who, Text::Words(20))).end(Ending::Inactivity)
}

fn adhoc(story: Story) -> Story {
    story
        .participants(5)
        .create("A", &["B", "C"])
        .typing("A")
        .message("A", Text::Words(50))
        .displayed("B")
        .message_with_report("B", Text::Words(136))
        .give_role("A", "A", "chairman")
        .add("A", "D")
        .message("D", "Grüße aus München ☃")
        .message("C", Text::Words(5832))
        .change_subject("B", "New topic <&> ☃")
        .change_icon("A", "https://icons.example.net/i/1.png")
        .refresh("A")
        .leave("B")
        .message_to("A", "C", Text::Words(67))
        .bulletin("A", "Meet at 7 & bring coffee")
        .remove("A", "D")
        .rejoin("B")
        .message("B", Text::Words(79))
        .end(Ending::Inactivity)
}

fn answers(story: Story) -> Story {
    let invited = [
        ("B", Answer::Accept),
        ("C", Answer::AcceptAfter(6.0)),
        ("D", Answer::Decline),
        ("E", Answer::Busy),
        ("F", Answer::NoAnswer),
        ("G", Answer::Unavailable),
    ];
    story
        .participants(8)
        .create_with("A", &invited)
        .message("A", "Who is there?")
        .wait(8.0)
        .message("C", "I am, at last")
        .add_with("B", "H", Answer::Decline)
        .wait(30.0)
        .message("B", "Good night")
        .end(Ending::Gone)
}

fn refused(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "See you")
        .end(Ending::Gone)
        .rejoin_refused("B", Refusal::Ended)
        .start_again("B", &["A", "C"])
        .message("B", "One more thing")
        .end(Ending::Inactivity)
}

fn deferred(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .message("A", "She will be back")
        .deliver("C")
        .message("C", "Here I am")
        .lose_kept("B")
        .message("C", "Now Bob is gone")
        .rejoin_kept("B")
        .message("B", "I was in a tunnel")
        .end(Ending::Inactivity)
}

fn asleep(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .give_role("A", "B", "chairman")
        .change_icon("A", "https://icons.example.net/i/2.png")
        .message("A", "Good night")
        .end(Ending::Inactivity)
        .wait(60.0)
        .deliver("C")
}

fn declined(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .wait(3.0)
        .deliver_declined("C")
        .message("A", "For good, it seems")
        .end(Ending::Inactivity)
}

fn devices(story: Story) -> Story {
    story
        .participants(4)
        .second_device("B", "D")
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .message("B", "On two telephones")
        .leave("B")
        .message("A", "On none any more")
        .end(Ending::Inactivity)
}

fn forked(story: Story) -> Story {
    ringing(story).fork(Fork::Accepts)
}

fn ringing(story: Story) -> Story {
    story
        .participants(4)
        .second_device("B", "D")
        .fork(Fork::Rings)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .message("B", "On one telephone")
        .message("C", "On that one still")
        .end(Ending::Inactivity)
}

fn device_lost(story: Story) -> Story {
    story
        .participants(4)
        .second_device("B", "D")
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_device("D")
        .message("A", "And now?")
        .message("B", "On one telephone")
        .end(Ending::Inactivity)
}

fn selected(story: Story) -> Story {
    story
        .participants(4)
        .second_device("B", "D")
        .one_client()
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .message("B", "With this telephone")
        .wait(3.0)
        .message("A", "Only with that one")
        .end(Ending::Inactivity)
}

fn interworked(story: Story) -> Story {
    story
        .participants(5)
        .second_device("B", "D")
        .second_device("B", "E")
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_device("D")
        .message("A", "And now?")
        .leave("B")
        .message("A", "And now?")
        .end(Ending::Inactivity)
}

fn interrupted(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .message("A", "She will be back")
        .wait(3.0)
        .deliver_interrupted("C")
        .message("A", "No, she will not")
        .end(Ending::Inactivity)
}

fn woken(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .end(Ending::Inactivity)
        .wait(60.0)
        .rejoin_kept("C")
        .message("C", "Are you still there?")
        .end(Ending::Inactivity)
}

fn unwoken(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("A", "Is everybody here?")
        .lose_kept("C")
        .message("B", "Carol is gone")
        .end(Ending::Gone)
        .wait(60.0)
        .rejoin_kept_refused("C")
}

fn joined(story: Story) -> Story {
    story
        .create_predefined("A", &[("B", Answer::Accept), ("C", Answer::Accept)])
        .join("D")
        .message("D", "May I?")
        .leave("D")
        .rejoin("D")
        .message("D", "Here I am again")
        .end(Ending::Inactivity)
}

fn modify(story: Story) -> Story {
    story
        .participants(4)
        .create("A", &["B", "C"])
        .message("A", "Can we talk?")
        .modify("B", &["C"])
        .wait(5.0)
        .message("B", "Better to write")
        .add("A", "D")
        .modify("C", &["A", "B", "D"])
        .message("C", "As you like")
        .modify("A", &[])
        .leave("A")
        .wait(40.0)
        .message("B", "Still here?")
        .end(Ending::Inactivity)
}

fn chunks(story: Story) -> Story {
    story
        .create("A", &["B", "C", "D"])
        .chat("A", None, Text::Words(20_000), 1_000)
        .chat("B", None, Text::Image(60_000), 8_192)
        .message_with_report("C", Text::Words(4_096))
        .burst("B", 4, 120)
        .chat("D", Some("A"), Text::Words(300), 100)
        .end(Ending::Inactivity)
}

fn closed(story: Story) -> Story {
    story
        .participants(3)
        .closed()
        .create("A", &["B", "C"])
        .message("A", "Between us")
        .lose_connection("C")
        .message("B", "Where is Carol?")
        .rejoin("C")
        .message("C", "A tunnel")
        .end(Ending::Inactivity)
}

fn extend(story: Story) -> Story {
    story
        .participants(3)
        .one_to_one("A", "B")
        .message("A", "Shall we ask Carol?")
        .typing("B")
        .message("B", "Yes, do")
        .extend("A", &[("C", Answer::Accept)])
        .message("A", "Hello Carol")
        .message("C", "Hello, both of you")
        .leave("C")
        .end(Ending::Completed)
}

fn predefined(story: Story) -> Story {
    story
        .create_predefined("A", &[("B", Answer::Accept), ("C", Answer::Accept)])
        .message("B", "Team, listen")
        .join_anonymously("D")
        .message("D", "I am nobody")
        .message("A", "Welcome, nobody")
        .leave("D")
        .end(Ending::Inactivity)
}

fn race(story: Story) -> Story {
    story
        .participants(3)
        .create("A", &["B", "C"])
        .message("B", Text::Words(80))
        .remove_while_sending("A", "C")
        .message("A", Text::Words(60))
        .end(Ending::Inactivity)
}

fn refusals(story: Story) -> Story {
    story
        .participants(6)
        .create_with("A", &[("B", Answer::Decline), ("C", Answer::Busy)])
        .wait(2.0)
        .create_refused("A", &["B", "C", "D", "E", "F"], Refusal::TooMany)
        .create("A", &["B", "C"])
        .message("A", "At last")
        .rejoin_refused("E", Refusal::NotAllowed)
        .rejoin_refused("E", Refusal::NoSuchSession)
        .end(Ending::Gone)
}

fn restart(story: Story) -> Story {
    story
        .create("A", &["B", "C"])
        .message("A", Text::Words(90))
        .end(Ending::Inactivity)
        .wait(3_600.0)
        .rejoin("B")
        .message("B", Text::Words(70))
        .leave("A")
        .rejoin_refused("D", Refusal::NotAllowed)
        .leave("C")
        .end(Ending::Completed)
}
