//! What happens, in words: who takes part, through which nodes, and the operations in order.

/// A group session from beginning to end. Build it with the methods below, one per operation, in the order in which
/// things happen; each names participants by their letters (`"A"`, `"B"`, …).
#[derive(Clone, Debug)]
pub struct Story {
    pub seed: u64,
    /// Tells groups of one capture apart: addresses, numbers and URIs follow from it.
    pub group: u32,
    /// When it begins, in µs since 1970.
    pub start_us: u64,
    pub participants: usize,
    pub topology: Topology,
    pub info: Info,
    pub sip: SipTransport,
    pub ipv6: bool,
    pub style: Style,
    pub subject: Option<String>,
    /// A CPM Closed Group Session (`a=chatroom`, 5.2.1.1 step 13).
    pub closed: bool,
    /// Recipients confirm delivery by IMDN.
    pub delivery_reports: bool,
    pub refer: Refer,
    /// People who have a second client, and the letter of that. Only where participating functions tell them over MSRP, or where
    /// invitations fork.
    pub devices: Vec<(String, String)>,
    /// Without participating functions, invitations of people with a second client fork to that one.
    pub fork: Option<Fork>,
    /// A participating function lets the client go on that answers first, and ends the others (5.2.4).
    pub one_client: bool,
    pub steps: Vec<Step>,
}

/// The nodes between a client and the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    Direct,
    /// CPM Participating Functions that act as B2BUAs: every leg is two dialogs.
    ParticipatingFunctions,
}

/// What a second client does to which an invitation forks (RFC 3261 §16.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// It only rings.
    Rings,
    /// It accepts as well, a little later, and the focus ends it with BYE.
    Accepts,
}

/// How clients learn who takes part (9.2.14.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Info {
    Msrp,
    Notify,
    /// Every other client subscribes, the others have `application/conference-info+xml` in both SDPs.
    Mixed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SipTransport {
    Udp,
    Tcp,
}

/// How SIP headers are written: all ways are allowed by RFC 3261 §7.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Standard,
    /// Compact names.
    Compact,
    /// Long values go on in a second line.
    Folded,
    LowerCase,
}

/// Where REFER is sent: both ways are in RFC 4579.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refer {
    InDialog,
    OwnDialog,
}

/// What an invited client does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    Accept,
    /// Accepts after so many seconds.
    AcceptAfter(f64),
    /// 603.
    Decline,
    /// 486.
    Busy,
    /// 480.
    Unavailable,
    /// Rings until the focus sends CANCEL.
    NoAnswer,
}

/// Why the focus refuses a request, with status and warning text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 403, 122 Function not allowed: who re-joins is no participant.
    NotAllowed,
    /// 404, 123 Session does not exist: the group session identity is unknown.
    NoSuchSession,
    /// 404, 123 Session does not exist: the session has ended for good.
    Ended,
    /// 486, 102 Too many participants.
    TooMany,
}

/// How the focus ends the session for all who are left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `SIP;cause=480`: the inactivity timer; the session can be restarted.
    Inactivity,
    /// `SIP;cause=410`: for good.
    Gone,
    /// `SIP;cause=200`: the others have left.
    Completed,
}

/// What a chat message carries.
#[derive(Clone, Debug)]
pub enum Text {
    Exactly(String),
    /// Random words, so many bytes.
    Words(usize),
    /// Random bytes as image/jpeg.
    Image(usize),
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Exactly(text.to_owned())
    }
}

/// How a chat message is sent.
#[derive(Clone, Debug)]
pub struct Chat {
    pub from: String,
    /// `None`: to the group.
    pub to: Option<String>,
    pub text: Text,
    /// Body bytes per MSRP chunk.
    pub chunk: usize,
    /// `Success-Report: yes`, answered by a REPORT.
    pub success_report: bool,
}

/// RFC 4975 §5.1 lets chunks longer than this be interrupted, so clients usually stay at it.
pub const DEFAULT_CHUNK: usize = 2048;

#[derive(Clone, Debug)]
pub enum Step {
    /// Nothing, for so many seconds.
    Wait(f64),
    CreateAdHoc {
        by: String,
        invited: Vec<(String, Answer)>,
    },
    CreatePredefined {
        by: String,
        invited: Vec<(String, Answer)>,
    },
    CreateRefused {
        by: String,
        invited: Vec<String>,
        refusal: Refusal,
    },
    /// Makes the group anew after its re-join was refused.
    StartAgain {
        by: String,
        invited: Vec<(String, Answer)>,
    },
    Join {
        who: String,
        anonymous: bool,
    },
    JoinRefused {
        who: String,
        refusal: Refusal,
    },
    Chat(Chat),
    /// So many messages of so many bytes, sent without waiting for responses.
    Burst {
        from: String,
        count: usize,
        bytes: usize,
    },
    Typing {
        who: String,
    },
    /// An IMDN "displayed" for the latest message of somebody else.
    Displayed {
        who: String,
    },
    Add {
        by: String,
        who: String,
        answer: Answer,
    },
    /// `crossing`: the removed client sends a message that crosses the BYE and is answered 481.
    Remove {
        by: String,
        who: String,
        crossing: bool,
    },
    Leave {
        who: String,
    },
    LoseConnection {
        who: String,
    },
    /// Loses the connection, and the participating function stays in the session and keeps what comes (5.2.3.4). Without one it is
    /// as [`Step::LoseConnection`].
    LoseKept {
        who: String,
    },
    /// The participating function invites its client again and delivers what it has kept (5.2.3.4.1.1).
    Deliver {
        who: String,
    },
    /// The client refuses that INVITE with 603, and with it what was kept and the session (5.2.3.4.1.1).
    DeliverDeclined {
        who: String,
    },
    /// The client takes the first message of what was kept, and leaves.
    DeliverInterrupted {
        who: String,
    },
    /// The client comes back by itself, and gets what was kept (5.2.3.4.1.2). A session that ended meanwhile is restarted for it.
    RejoinKept {
        who: String,
    },
    /// The same, and the focus does not know the session any more.
    RejoinKeptRefused {
        who: String,
    },
    /// Also restarts a session that ended by inactivity.
    Rejoin {
        who: String,
    },
    RejoinRefused {
        who: String,
        refusal: Refusal,
    },
    Subject {
        by: String,
        text: String,
    },
    Icon {
        by: String,
        uri: String,
    },
    Role {
        by: String,
        who: String,
        role: String,
    },
    Bulletin {
        by: String,
        text: String,
    },
    /// The connection of a second client is lost.
    LoseDevice {
        who: String,
    },
    /// The session timer's UPDATE (RFC 4028).
    Refresh {
        who: String,
    },
    /// A re-INVITE that adds an audio stream, fanned out to all others. Where somebody refuses it, it is taken back (7.2.2).
    Modify {
        by: String,
        refused_by: Vec<String>,
    },
    End(Ending),
    OneToOne {
        a: String,
        b: String,
    },
    /// 1-1 session → group session (5.2.3).
    Extend {
        by: String,
        with: Vec<(String, Answer)>,
    },
}

impl Story {
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            group: 0,
            start_us: 1_772_359_200_000_000, // 2026-03-01T10:00:00Z
            participants: 4,
            topology: Topology::Direct,
            info: Info::Msrp,
            sip: SipTransport::Udp,
            ipv6: false,
            style: Style::Standard,
            subject: Some("Weekend plans".to_owned()),
            closed: false,
            delivery_reports: true,
            refer: Refer::InDialog,
            devices: Vec::new(),
            fork: None,
            one_client: false,
            steps: Vec::new(),
        }
    }

    pub fn group(mut self, group: u32) -> Self {
        self.group = group;
        self
    }

    pub fn starting_at(mut self, start_us: u64) -> Self {
        self.start_us = start_us;
        self
    }

    /// How many people there are (named A, B, C, …), whether or not they take part from the beginning.
    pub fn participants(mut self, count: usize) -> Self {
        self.participants = count;
        self
    }

    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    pub fn info(mut self, info: Info) -> Self {
        self.info = info;
        self
    }

    pub fn sip(mut self, sip: SipTransport) -> Self {
        self.sip = sip;
        self
    }

    pub fn ipv6(mut self) -> Self {
        self.ipv6 = true;
        self
    }

    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    pub fn subject(mut self, subject: Option<&str>) -> Self {
        self.subject = subject.map(str::to_owned);
        self
    }

    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }

    pub fn delivery_reports(mut self, wanted: bool) -> Self {
        self.delivery_reports = wanted;
        self
    }

    pub fn refer(mut self, refer: Refer) -> Self {
        self.refer = refer;
        self
    }

    /// The last of the people are further clients of another one, who is invited, and whose function they are behind.
    pub fn second_device(mut self, who: &str, device: &str) -> Self {
        self.devices.push((who.to_owned(), device.to_owned()));
        self
    }

    pub fn fork(mut self, fork: Fork) -> Self {
        self.fork = Some(fork);
        self
    }

    pub fn one_client(mut self) -> Self {
        self.one_client = true;
        self
    }

    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub fn wait(self, seconds: f64) -> Self {
        self.step(Step::Wait(seconds))
    }

    /// All invited accept.
    pub fn create(self, by: &str, invited: &[&str]) -> Self {
        let invited = invited.iter().map(|&who| (who, Answer::Accept)).collect::<Vec<_>>();
        self.create_with(by, &invited)
    }

    pub fn create_with(self, by: &str, invited: &[(&str, Answer)]) -> Self {
        self.step(Step::CreateAdHoc { by: by.into(), invited: owned(invited) })
    }

    pub fn create_predefined(self, by: &str, invited: &[(&str, Answer)]) -> Self {
        self.step(Step::CreatePredefined { by: by.into(), invited: owned(invited) })
    }

    pub fn create_refused(self, by: &str, invited: &[&str], refusal: Refusal) -> Self {
        let invited = invited.iter().map(|&who| who.to_owned()).collect();
        self.step(Step::CreateRefused { by: by.into(), invited, refusal })
    }

    pub fn join(self, who: &str) -> Self {
        self.step(Step::Join { who: who.into(), anonymous: false })
    }

    pub fn join_anonymously(self, who: &str) -> Self {
        self.step(Step::Join { who: who.into(), anonymous: true })
    }

    pub fn join_refused(self, who: &str, refusal: Refusal) -> Self {
        self.step(Step::JoinRefused { who: who.into(), refusal })
    }

    pub fn message(self, from: &str, text: impl Into<Text>) -> Self {
        self.chat(from, None, text, DEFAULT_CHUNK)
    }

    pub fn message_to(self, from: &str, to: &str, text: impl Into<Text>) -> Self {
        self.chat(from, Some(to), text, DEFAULT_CHUNK)
    }

    pub fn chat(self, from: &str, to: Option<&str>, text: impl Into<Text>, chunk: usize) -> Self {
        let chat =
            Chat { from: from.into(), to: to.map(str::to_owned), text: text.into(), chunk, success_report: false };
        self.step(Step::Chat(chat))
    }

    pub fn message_with_report(self, from: &str, text: impl Into<Text>) -> Self {
        let chat = Chat { from: from.into(), to: None, text: text.into(), chunk: DEFAULT_CHUNK, success_report: true };
        self.step(Step::Chat(chat))
    }

    pub fn burst(self, from: &str, count: usize, bytes: usize) -> Self {
        self.step(Step::Burst { from: from.into(), count, bytes })
    }

    pub fn typing(self, who: &str) -> Self {
        self.step(Step::Typing { who: who.into() })
    }

    pub fn displayed(self, who: &str) -> Self {
        self.step(Step::Displayed { who: who.into() })
    }

    pub fn add(self, by: &str, who: &str) -> Self {
        self.add_with(by, who, Answer::Accept)
    }

    pub fn add_with(self, by: &str, who: &str, answer: Answer) -> Self {
        self.step(Step::Add { by: by.into(), who: who.into(), answer })
    }

    pub fn remove(self, by: &str, who: &str) -> Self {
        self.step(Step::Remove { by: by.into(), who: who.into(), crossing: false })
    }

    pub fn remove_while_sending(self, by: &str, who: &str) -> Self {
        self.step(Step::Remove { by: by.into(), who: who.into(), crossing: true })
    }

    pub fn leave(self, who: &str) -> Self {
        self.step(Step::Leave { who: who.into() })
    }

    pub fn lose_connection(self, who: &str) -> Self {
        self.step(Step::LoseConnection { who: who.into() })
    }

    pub fn rejoin(self, who: &str) -> Self {
        self.step(Step::Rejoin { who: who.into() })
    }

    pub fn rejoin_refused(self, who: &str, refusal: Refusal) -> Self {
        self.step(Step::RejoinRefused { who: who.into(), refusal })
    }

    pub fn change_subject(self, by: &str, text: &str) -> Self {
        self.step(Step::Subject { by: by.into(), text: text.into() })
    }

    pub fn change_icon(self, by: &str, uri: &str) -> Self {
        self.step(Step::Icon { by: by.into(), uri: uri.into() })
    }

    pub fn give_role(self, by: &str, who: &str, role: &str) -> Self {
        self.step(Step::Role { by: by.into(), who: who.into(), role: role.into() })
    }

    pub fn bulletin(self, by: &str, text: &str) -> Self {
        self.step(Step::Bulletin { by: by.into(), text: text.into() })
    }

    pub fn lose_device(self, who: &str) -> Self {
        self.step(Step::LoseDevice { who: who.into() })
    }

    pub fn refresh(self, who: &str) -> Self {
        self.step(Step::Refresh { who: who.into() })
    }

    pub fn start_again(self, by: &str, invited: &[&str]) -> Self {
        let invited: Vec<(&str, Answer)> = invited.iter().map(|&who| (who, Answer::Accept)).collect();
        self.step(Step::StartAgain { by: by.into(), invited: owned(&invited) })
    }

    pub fn lose_kept(self, who: &str) -> Self {
        self.step(Step::LoseKept { who: who.into() })
    }

    pub fn deliver(self, who: &str) -> Self {
        self.step(Step::Deliver { who: who.into() })
    }

    pub fn deliver_declined(self, who: &str) -> Self {
        self.step(Step::DeliverDeclined { who: who.into() })
    }

    pub fn deliver_interrupted(self, who: &str) -> Self {
        self.step(Step::DeliverInterrupted { who: who.into() })
    }

    pub fn rejoin_kept(self, who: &str) -> Self {
        self.step(Step::RejoinKept { who: who.into() })
    }

    pub fn rejoin_kept_refused(self, who: &str) -> Self {
        self.step(Step::RejoinKeptRefused { who: who.into() })
    }

    pub fn modify(self, by: &str, refused_by: &[&str]) -> Self {
        let refused_by = refused_by.iter().map(|&who| who.to_owned()).collect();
        self.step(Step::Modify { by: by.into(), refused_by })
    }

    pub fn end(self, ending: Ending) -> Self {
        self.step(Step::End(ending))
    }

    pub fn one_to_one(self, a: &str, b: &str) -> Self {
        self.step(Step::OneToOne { a: a.into(), b: b.into() })
    }

    pub fn extend(self, by: &str, with: &[(&str, Answer)]) -> Self {
        self.step(Step::Extend { by: by.into(), with: owned(with) })
    }
}

fn owned(invited: &[(&str, Answer)]) -> Vec<(String, Answer)> {
    invited.iter().map(|&(who, answer)| (who.to_owned(), answer)).collect()
}
