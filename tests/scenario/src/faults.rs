//! Faults with a name. Each breaks one clause in one message of a named story, and nothing else.

use crate::conversation::{CONFERENCE_FACTORY, Conversation, Fault, Message};
use crate::script::{Info, Story};

/// A fault, and how to make it in the conversation of its story.
pub struct Named {
    pub fault: Fault<'static>,
    /// A name of [`crate::stories::ALL`] in which the fault can be made.
    pub story: &'static str,
    /// How participants must be informed for the fault to be possible.
    pub info: Info,
    pub make: fn(Conversation, Fault<'static>) -> Conversation,
}

impl Named {
    /// The story, told with the fault.
    ///
    /// # Panics
    /// If the fault does not fit the story: a defect of the catalogue.
    pub fn tell(&self, base: Story) -> Conversation {
        let story = crate::stories::find(self.story).expect("the catalogue names a story");
        (self.make)(Conversation::of(&(story.tell)(base.info(self.info))), self.fault)
    }
}

pub const ALL: &[Named] = &[
    Named {
        fault: Fault {
            id: "bye-leave-no-reason",
            clause: "5.2.3.2-2.a.A",
            actor: "client",
            severity: "note",
            summary: "leaving client's BYE has no Reason",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "leave B B>* BYE", |message| remove_header(message, "Reason"))
        },
    },
    Named {
        fault: Fault {
            id: "cinfo-state-attr",
            clause: "9.2.14.3-msrp-a.ii",
            actor: "focus",
            severity: "error",
            summary: "conference-info over MSRP has state=full",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "info * SEND", |message| {
                message.replace("\" entity=\"sip:gc-", "\" state=\"full\" entity=\"sip:gc-")
            })
        },
    },
    Named {
        fault: Fault {
            id: "cinfo-user-count-wrong",
            clause: "9.2.14.3-msrp-a.v",
            actor: "focus",
            severity: "error",
            summary: "<user-count> one too high",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "info * SEND", |message| raise(message, "<user-count>", 1))
        },
    },
    Named {
        fault: Fault {
            id: "focus-200-no-isfocus",
            clause: "5.2.5-9.iii.1.b",
            actor: "focus",
            severity: "error",
            summary: "focus's 200 Contact has no isfocus",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "create focus>* 200 INVITE", |message| message.replace(";isfocus", ""))
        },
    },
    Named {
        fault: Fault {
            id: "invite-no-contribution-id",
            clause: "5.2.1.1-10",
            actor: "client",
            severity: "error",
            summary: "client's INVITE to the factory has no Contribution-ID",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "create A>* INVITE", |message| remove_header(message, "Contribution-ID"))
        },
    },
    Named {
        fault: Fault {
            id: "notify-version-gap",
            clause: "9.2.14.3-6",
            actor: "focus",
            severity: "error",
            summary: "NOTIFY version jumps by 3",
        },
        story: "adhoc",
        info: Info::Notify,
        make: |mut conversation, fault| {
            // The versions go on from the wrong one, or each later NOTIFY would be a fault of its own.
            let later = conversation.messages.iter_mut().filter(|message| message.is("info* focus>*A NOTIFY"));
            later.skip(2).for_each(|message| raise(message, " version=\"", 2));
            conversation.fault(fault, "info #2 focus>*A NOTIFY", |message| raise(message, " version=\"", 2))
        },
    },
    Named {
        fault: Fault {
            id: "rejoin-ruri-not-focus",
            clause: "5.2.1.4-1",
            actor: "client",
            severity: "error",
            summary: "re-join INVITE goes to the factory, not to the group session",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            conversation.fault(fault, "rejoin B B>* INVITE", |message| {
                message.sip().start = format!("INVITE {} SIP/2.0", CONFERENCE_FACTORY);
            })
        },
    },
    Named {
        fault: Fault {
            id: "relay-missing-one",
            clause: "5.2.6.1-2.c",
            actor: "focus",
            severity: "error",
            summary: "a chat message is not relayed to one connected participant",
        },
        story: "adhoc",
        info: Info::Msrp,
        make: |conversation, fault| {
            let missing = ["message1 *C SEND", "message1 *C>* 200 SEND", "delivered1 C *"];
            conversation.fault_missing(fault, "message1 A>* SEND", &missing)
        },
    },
];

pub fn find(id: &str) -> Option<&'static Named> {
    ALL.iter().find(|named| named.fault.id == id)
}

fn remove_header(message: &mut Message, name: &str) {
    assert!(message.sip().headers.remove(name), "{} has no {name}", message.label);
}

/// Raises the number that follows `before`.
fn raise(message: &mut Message, before: &str, by: u32) {
    let bytes = message.payload.to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    let number = text.split(before).nth(1).and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    let number = number.and_then(|digits| digits.parse::<u32>().ok());
    let number = number.unwrap_or_else(|| panic!("no number after {before:?} in {}", message.label));
    message.replace(&format!("{before}{number}"), &format!("{before}{}", number + by));
}
