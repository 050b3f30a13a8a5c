//! Registration before use (RFC 3261 §10): steps that come before all others of a plan.

use std::time::Duration;

use super::plan::{Act, Kind, Leg, Plan, Side, Step};
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri};

impl Plan {
    /// Lets everybody who is played register first: participants under their URIs, the focus under those that it is called by.
    pub fn register(&mut self) {
        let mut registered: Vec<(String, String)> = vec![];
        for (index, leg) in self.legs.iter().enumerate() {
            let address = match self.side {
                Side::Clients => Some(leg.participant.clone()),
                Side::Focus if leg.caller => None,
                Side::Focus => self.called_by(index),
            };
            let name = leg.name.split(['→', '←']).next().unwrap_or_default().trim().to_owned();
            if let Some(address) = address.filter(|address| is_registrable(address))
                && !registered.iter().any(|(known, _)| *known == address)
            {
                registered.push((address, name));
            }
        }
        let count = registered.len() * 2;
        for step in &mut self.steps {
            let shift = |list: &mut Vec<usize>| list.iter_mut().for_each(|step| *step += count);
            shift(&mut step.after);
            shift(&mut step.needs);
            step.about = step.about.map(|about| about + count);
            if step.after.is_empty() && count > 0 {
                step.after.push(count - 1);
            }
        }
        let start = self.steps.first().map_or(Duration::ZERO, |step| step.at);
        let mut first = vec![];
        for (number, (address, name)) in registered.iter().enumerate() {
            let call_id = format!("registration-{number}-of-this-plan");
            let leg = self.legs.len();
            let (request, response) = messages(address, &call_id);
            let after = if number == 0 { vec![] } else { vec![number * 2 - 1] };
            let about = number * 2;
            first.push(step(leg, Act::Send, Kind::Request, start, after, request, "REGISTER"));
            let mut answer = step(leg, Act::Expect, Kind::Response, start, vec![about], response, "200 OK (REGISTER)");
            (answer.needs, answer.about) = (vec![about], Some(about));
            first.push(answer);
            let leg = Leg {
                name: format!("{name} registers"),
                participant: address.clone(),
                caller: true,
                call_id,
                ..Leg::default()
            };
            self.legs.push(leg);
        }
        first.append(&mut self.steps);
        self.steps = first;
    }

    /// The URI by which the first request of a leg calls the focus.
    fn called_by(&self, leg: usize) -> Option<String> {
        let first = self.steps.iter().find(|step| step.leg == leg)?;
        let message = Message::parse(&first.message[..])?;
        Some(NameAddr::parse(&message.header(Name::To)?)?.uri().to_owned())
    }
}

fn is_registrable(address: &str) -> bool {
    Uri::parse(address)
        .is_some_and(|uri| uri.scheme().starts_with("sip") && uri.user().is_some() && uri.host().is_some())
}

fn messages(address: &str, call_id: &str) -> (Vec<u8>, Vec<u8>) {
    let uri = Uri::parse(address);
    let (user, host) = uri.as_ref().map_or(("", ""), |uri| (uri.user().unwrap_or(""), uri.host().unwrap_or("")));
    let ends = format!("From: <{address}>;tag=registers\r\nTo: <{address}>");
    let rest = format!("Call-ID: {call_id}\r\nCSeq: 1 REGISTER\r\n");
    let request = format!(
        "REGISTER sip:{host} SIP/2.0\r\n{ends}\r\n{rest}Contact: <sip:{user}@registers.invalid>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
    );
    let response = format!("SIP/2.0 200 OK\r\n{ends};tag=registrar\r\n{rest}Content-Length: 0\r\n\r\n");
    (request.into_bytes(), response.into_bytes())
}

fn step(leg: usize, act: Act, kind: Kind, at: Duration, after: Vec<usize>, message: Vec<u8>, label: &str) -> Step {
    Step {
        leg,
        act,
        kind,
        at,
        after,
        needs: vec![],
        about: None,
        optional: false,
        message,
        chunks: vec![],
        answer: 200,
        label: label.into(),
        frame: 0,
        faults: vec![],
    }
}
