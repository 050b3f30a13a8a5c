//! What participants send each other over MSRP: chat messages, IMDNs, isComposing, group data (5.2.3.1, 5.2.6.1).

use sha2::{Digest, Sha256};

use super::super::MessageId;
use super::super::bodies::{
    Envelope, cpim, date_time, escape, group_data_request, group_data_response, imdn, is_composing,
};
use super::super::focus::Change;
use super::super::media::Manner;
use super::super::text::Entity;
use super::Director;
use crate::script::{Chat, DEFAULT_CHUNK, Text};
use crate::truth::{self, Mark};

pub(super) enum GroupData<'a> {
    Subject(&'a str),
    Icon(&'a str),
    Bulletin(&'a str),
    Role { who: &'a str, role: &'a str },
}

impl Director<'_> {
    pub(super) fn chat(&mut self, chat: &Chat) {
        self.chats += 1;
        self.stage.begin(&format!("message{}", self.chats));
        let from = self.person(&chat.from);
        let to = chat.to.as_deref().map(|to| self.person(to));
        let (content_type, bytes) = self.content(&chat.text);
        let manner = Manner { chunk: chat.chunk, success_report: chat.success_report, ..Manner::default() };
        let mut record = self.compose(from, to, &content_type, &bytes);
        let entity = self.wrap(&record, from, &content_type, bytes);
        record.chunks = entity.body().len().div_ceil(chat.chunk).max(1);

        let (sent, copies) = if let Some(session) = self.open_one_to_one() {
            let leg = &self.legs[session.leg];
            let sent = self.stage.send(leg, from == session.a, &entity, manner);
            let peer = if from == session.a { session.b } else { session.a };
            (sent[0], vec![(peer, sent[sent.len() - 1])])
        } else {
            let sent = self.stage.send(&self.legs[self.leg_of(from)], true, &entity, manner);
            self.tell_device(from, &entity);
            (sent[0], self.relay(from, to, &entity, chat.chunk))
        };
        record.at = Mark::of(sent);
        let copy =
            |&(person, id): &(usize, MessageId)| truth::Recipient { participant: self.name(person), at: Mark::of(id) };
        record.recipients = copies.iter().map(copy).collect();
        if self.story.delivery_reports {
            for (person, _) in copies {
                if self.open_one_to_one().is_none() && self.is_away(person) {
                    let index = self.leg_of(person);
                    self.legs[index].kept.push((entity.clone(), record.message_id.clone()));
                    continue;
                }
                let step = format!("delivered{} {}", self.chats, self.name(person));
                self.stage.begin(&step);
                self.report(person, from, &record.message_id, "delivery", "delivered");
                record.delivered.push(self.name(person));
            }
        }
        self.chats_on_record().push(record);
    }

    /// Messages written one after the other without waiting for responses; each then goes its way on its own.
    pub(super) fn burst(&mut self, from: &str, count: usize, bytes: usize) {
        const BETWEEN_US: u64 = 30;
        let start_us = self.stage.now_us;
        let mut end_us = start_us;
        for index in 0..count {
            self.stage.now_us = start_us + BETWEEN_US * index as u64;
            let text = Text::Words(bytes);
            self.chat(&Chat { from: from.to_owned(), to: None, text, chunk: DEFAULT_CHUNK, success_report: false });
            end_us = end_us.max(self.stage.now_us);
        }
        self.stage.now_us = end_us;
    }

    /// A message that the focus answers with 481 because the sender's session is over already.
    pub(super) fn late_chat(&mut self, from: usize) {
        self.chats += 1;
        let (mut record, entity) = self.written(from, &Text::Words(40));
        let manner = Manner { status: "481 Session-does-not-exist", ..Manner::default() };
        let sent = self.stage.send(&self.legs[self.leg_of(from)], true, &entity, manner);
        record.at = Mark::of(sent[0]);
        record.refused = Some(481);
        self.group().messages.push(record);
    }

    /// A message to the group, as it is written and as it is sent.
    pub(super) fn written(&mut self, from: usize, text: &Text) -> (truth::Chat, Entity) {
        let (content_type, bytes) = self.content(text);
        let record = self.compose(from, None, &content_type, &bytes);
        let entity = self.wrap(&record, from, &content_type, bytes);
        (record, entity)
    }

    fn content(&mut self, text: &Text) -> (String, Vec<u8>) {
        match text {
            Text::Exactly(text) => ("text/plain".to_owned(), text.clone().into_bytes()),
            Text::Words(bytes) => ("text/plain".to_owned(), self.stage.random.words(*bytes).into_bytes()),
            Text::Image(bytes) => {
                let random = &mut self.stage.random;
                ("image/jpeg".to_owned(), (0..*bytes).map(|_| random.word() as u8).collect())
            }
        }
    }

    fn compose(&mut self, from: usize, to: Option<usize>, content_type: &str, bytes: &[u8]) -> truth::Chat {
        let cpim_to = match (to, self.open_one_to_one()) {
            (Some(to), _) => self.cast.people[to].shown(),
            (None, Some(session)) => {
                self.cast.people[if from == session.a { session.b } else { session.a }].uri.clone()
            }
            (None, None) => self.conference().address().to_owned(),
        };
        let digest = Sha256::digest(bytes);
        truth::Chat {
            message_id: format!("Msg{}", self.stage.random.hex(14)),
            sender: self.name(from),
            sender_uri: self.cast.people[from].shown(),
            t_us: self.stage.now_us,
            to: to.map_or_else(|| "group".to_owned(), |to| self.name(to)),
            cpim_to,
            content_type: content_type.to_owned(),
            size: bytes.len(),
            sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
            recipients: Vec::new(),
            delivered: Vec::new(),
            displayed: Vec::new(),
            refused: None,
            chunks: 1,
            at: Mark::default(),
        }
    }

    fn wrap(&self, record: &truth::Chat, from: usize, content_type: &str, bytes: Vec<u8>) -> Entity {
        let charset = if content_type == "text/plain" { ";charset=UTF-8" } else { "" };
        let envelope = Envelope {
            from: &self.cast.people[from].address(),
            to: &record.cpim_to,
            time: &date_time(self.stage.now_us),
            message_id: &record.message_id,
            notify: true,
        };
        cpim(&envelope, Entity::new(format!("{content_type}{charset}"), bytes))
    }

    /// The focus duplicates a message for the others, or for the one it is addressed to.
    fn relay(&mut self, from: usize, to: Option<usize>, entity: &Entity, chunk: usize) -> Vec<(usize, MessageId)> {
        let others = self.connected().into_iter().filter(|&person| person != from && to.is_none_or(|to| to == person));
        let manner = Manner { chunk, ..Manner::default() };
        let others = others.collect::<Vec<_>>();
        let send = |person| {
            let sent = self.stage.send(&self.legs[self.leg_of(person)], false, entity, manner);
            self.copy_to_device(person, entity, manner);
            (person, sent[sent.len() - 1])
        };
        others.into_iter().map(send).collect()
    }

    /// An IMDN for one message, which the focus hands to its sender only.
    pub(super) fn report(&mut self, from: usize, to: usize, message_id: &str, kind: &str, status: &str) {
        let time = date_time(self.stage.now_us);
        let inner = imdn(message_id, &time, kind, status);
        let id = format!("Imdn{}", self.stage.random.hex(14));
        self.hand_over(from, Some(to), &id, inner);
    }

    /// Sends something that is neither chat nor asked to be confirmed.
    fn hand_over(&mut self, from: usize, to: Option<usize>, id: &str, inner: Entity) {
        let one_to_one = self.open_one_to_one();
        let address = match (to, &self.conference) {
            (Some(to), _) => self.cast.people[to].shown(),
            (None, Some(conference)) => conference.address().to_owned(),
            (None, None) => String::new(),
        };
        let time = date_time(self.stage.now_us);
        let from_address = self.cast.people[from].address();
        let envelope = Envelope { from: &from_address, to: &address, time: &time, message_id: id, notify: false };
        let wrapped = cpim(&envelope, inner);
        if let Some(session) = one_to_one {
            self.stage.send(&self.legs[session.leg], from == session.a, &wrapped, Manner::default());
        } else {
            self.stage.send(&self.legs[self.leg_of(from)], true, &wrapped, Manner::default());
            self.relay(from, to, &wrapped, Manner::default().chunk);
        }
    }

    pub(super) fn typing(&mut self, who: &str) {
        self.stage.begin(&format!("typing {who}"));
        let from = self.person(who);
        match self.open_one_to_one() {
            // 5.2: bare in a 1-1 session.
            Some(session) => {
                self.stage.send(&self.legs[session.leg], from == session.a, &is_composing(), Manner::default());
            }
            None => {
                let id = format!("Cmp{}", self.stage.random.hex(14));
                self.hand_over(from, None, &id, is_composing());
            }
        }
    }

    pub(super) fn displayed(&mut self, who: &str) {
        self.stage.begin(&format!("displayed {who}"));
        let reader = self.person(who);
        let name = who.to_owned();
        let unread = |chat: &&mut truth::Chat| chat.recipients.iter().any(|copy| copy.participant == name);
        let chat = self.chats_on_record().iter_mut().rev().find(unread);
        let Some(chat) = chat else { panic!("{who} has received nothing yet") };
        chat.displayed.push(name.clone());
        let (sender, id) = (chat.sender.clone(), chat.message_id.clone());
        let sender = self.person(&sender);
        self.report(reader, sender, &id, "display", "displayed");
    }

    fn chats_on_record(&mut self) -> &mut Vec<truth::Chat> {
        if self.open_one_to_one().is_some() {
            &mut self.record.one2one.last_mut().expect("a 1-1 session is on record").messages
        } else {
            &mut self.group().messages
        }
    }

    pub(super) fn group_data(&mut self, by: &str, data: GroupData<'_>) {
        let person = self.person(by);
        let author = self.cast.people[person].shown();
        let time_us = self.stage.now_us;
        let (target, value, xml) = match data {
            GroupData::Subject(text) => ("subject", text.to_owned(), format!("<subject>{}</subject>", escape(text))),
            GroupData::Icon(uri) => {
                ("icon", uri.to_owned(), format!("<icon><icon-uri>{}</icon-uri></icon>", escape(uri)))
            }
            GroupData::Bulletin(text) => {
                ("bulletin", text.to_owned(), format!("<bulletin>{}</bulletin>", escape(text)))
            }
            GroupData::Role { who, role } => {
                let uri = escape(&self.cast.people[self.person(who)].shown());
                let role_xml = escape(role);
                let xml = format!("<user-role><role>{role_xml}</role><participant>{uri}</participant></user-role>");
                ("user-role", format!("{who}:{role}"), xml)
            }
        };
        self.stage.begin(&format!("{target} {by}"));
        let id = self.stage.random.hex(8);
        let leg = self.leg_of(person);
        self.stage.send(&self.legs[leg], true, &group_data_request(&id, target, &xml), Manner::default());
        self.stage.send(&self.legs[leg], false, &group_data_response(&id, 200), Manner::default());
        self.operation(target, Some(person), None, Some(&value));
        let change = Change { value, by: author, time_us };
        let mut changed = Vec::new();
        match data {
            GroupData::Subject(_) => self.conference().subject = Some(change),
            GroupData::Icon(_) => self.conference().icon = Some(change),
            GroupData::Bulletin(text) => self.conference().bulletin = Some(text.to_owned()),
            GroupData::Role { who, role } => {
                let whose = self.person(who);
                changed.push(whose);
                let user = self.conference().user(whose);
                user.expect("roles are given to participants").roles.push(role.to_owned());
            }
        }
        self.inform(&changed, &[]);
    }
}
