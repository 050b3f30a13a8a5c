//! The conference state a focus keeps, and the conference-info documents it makes of it (RFC 4575, 9.2.14.3).

use super::bodies::{date_time, escape};

pub(super) struct Conference {
    pub uri: String,
    /// The address of the CPM Pre-defined Group.
    pub group_address: Option<String>,
    pub contribution_id: String,
    pub conversation_id: String,
    pub in_reply_to: Option<String>,
    pub subject: Option<Change>,
    pub icon: Option<Change>,
    pub bulletin: Option<String>,
    pub closed: bool,
    pub initiator: usize,
    /// Ended by inactivity: a re-join restarts it.
    pub asleep: bool,
    pub users: Vec<User>,
}

/// A value of the group data with who set it and when.
#[derive(Clone)]
pub(super) struct Change {
    pub value: String,
    pub by: String,
    pub time_us: u64,
}

#[derive(Clone)]
pub(super) struct User {
    pub person: usize,
    pub name: String,
    pub uri: String,
    /// None for anonymous users.
    pub display: Option<&'static str>,
    pub status: Status,
    pub roles: Vec<String>,
    pub joined_us: u64,
    /// Who added this user by REFER.
    pub added_by: Option<String>,
}

#[derive(Clone)]
pub(super) enum Status {
    Connected,
    Disconnected { method: &'static str, reason: Option<&'static str>, by: Option<String>, time_us: u64 },
}

impl Status {
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected { .. } => "disconnected",
        }
    }
}

/// Which kind of document a participant gets.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form<'a> {
    /// MSRP: always whole, without state and version.
    Msrp,
    Full {
        version: u32,
    },
    /// Only these people.
    Partial {
        version: u32,
        people: &'a [usize],
    },
}

const MAXIMUM_USER_COUNT: u32 = 100;

impl Conference {
    pub fn connected(&self) -> usize {
        self.users.iter().filter(|user| matches!(user.status, Status::Connected)).count()
    }

    pub fn user(&mut self, person: usize) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.person == person)
    }

    /// The address that stands for the group in CPIM and in identities (5.2.3.1 step 1, 7.2.3 step 9).
    pub fn address(&self) -> &str {
        self.group_address.as_deref().unwrap_or(&self.uri)
    }

    /// Those who left are shown once.
    pub fn forget_disconnected(&mut self) {
        self.users.retain(|user| matches!(user.status, Status::Connected));
    }

    pub fn shown(&self, form: Form<'_>) -> impl Iterator<Item = &User> {
        self.users.iter().filter(move |user| match form {
            Form::Partial { people, .. } => people.contains(&user.person),
            Form::Msrp | Form::Full { .. } => true,
        })
    }

    pub fn document(&self, recipient: usize, form: Form<'_>) -> String {
        let attributes = match form {
            Form::Msrp => String::new(),
            Form::Full { version } => format!(" state=\"full\" version=\"{version}\""),
            Form::Partial { version, .. } => format!(" state=\"partial\" version=\"{version}\""),
        };
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
             <conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" \
             xmlns:cpm=\"urn:oma:xml:cpm:conference-info-ext:1.0\" entity=\"{}\"{attributes}>\r\n",
            escape(&self.uri)
        );
        self.describe(recipient, &mut out);
        let count = self.connected();
        out.push_str(&format!(
            "  <conference-state>\r\n    <user-count>{count}</user-count>\r\n  </conference-state>\r\n"
        ));
        let partial = matches!(form, Form::Partial { .. });
        out.push_str(if partial { "  <users state=\"partial\">\r\n" } else { "  <users>\r\n" });
        for user in self.shown(form) {
            user.write(user.person == recipient, form == Form::Msrp, &mut out);
        }
        out.push_str("  </users>\r\n</conference-info>\r\n");
        out
    }

    /// The group as the message store has it (5.2.3.2.1): `application/group-state-object+xml`.
    pub fn group_state(&self, recipient: usize, time_us: u64) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<groupstate timestamp=\"{}\" lastfocussessionid=\"{}\" \
             group-type=\"{}\" max-user-count=\"{MAXIMUM_USER_COUNT}\">\r\n",
            date_time(time_us),
            escape(&self.uri),
            if self.closed { "Closed" } else { "Open" }
        );
        for user in self.users.iter().filter(|user| matches!(user.status, Status::Connected)) {
            let name = user.display.map_or(String::new(), |name| format!(" name=\"{name}\""));
            let role = user.roles.first().map_or(String::new(), |role| format!(" role=\"{}\"", escape(role)));
            let own = if user.person == recipient { " yourown=\"true\"" } else { "" };
            let uri = escape(&user.uri);
            out.push_str(&format!("  <participant{name} comm-addr=\"{uri}\"{role}{own}/>\r\n"));
        }
        let told = |change: &Change| self.is_told(recipient, change);
        let by = |change: &Change| if told(change) { plain_author(change) } else { String::new() };
        let subject = self
            .subject
            .as_ref()
            .map_or((String::new(), String::new()), |subject| (escape(&subject.value), by(subject)));
        out.push_str(&format!("  <subject>\r\n    <text>{}</text>\r\n{}  </subject>\r\n", subject.0, subject.1));
        match &self.icon {
            None => out.push_str("  <icon/>\r\n"),
            Some(icon) => {
                let source =
                    format!("    <source>\r\n      <icon-uri>{}</icon-uri>\r\n    </source>\r\n", escape(&icon.value));
                out.push_str(&format!("  <icon>\r\n{source}{}  </icon>\r\n", by(icon)));
            }
        }
        out.push_str("</groupstate>\r\n");
        out
    }

    /// Is a participant told who made a change, and when? Who came later is not.
    fn is_told(&self, recipient: usize, change: &Change) -> bool {
        let joined_us = self.users.iter().find(|user| user.person == recipient).map_or(u64::MAX, |user| user.joined_us);
        recipient == self.initiator || change.time_us > joined_us
    }

    fn describe(&self, recipient: usize, out: &mut String) {
        let told = |change: &Change| self.is_told(recipient, change);
        out.push_str("  <conference-description>\r\n");
        let subject = self.subject.as_ref().map_or("", |subject| &subject.value);
        out.push_str(&format!("    <subject>{}</subject>\r\n", escape(subject)));
        if let Some(bulletin) = &self.bulletin {
            out.push_str(&format!("    <free-text>{}</free-text>\r\n", escape(bulletin)));
        }
        out.push_str(&format!("    <maximum-user-count>{MAXIMUM_USER_COUNT}</maximum-user-count>\r\n"));
        if let Some(subject) = self.subject.as_ref().filter(|subject| told(subject)) {
            out.push_str(&format!("    <cpm:subject-ext>\r\n{}    </cpm:subject-ext>\r\n", author(subject)));
        }
        match &self.icon {
            None => out.push_str("    <cpm:icon/>\r\n"),
            Some(icon) => {
                let uri = escape(&icon.value);
                let author = if told(icon) { author(icon) } else { String::new() };
                out.push_str(&format!(
                    "    <cpm:icon>\r\n      <cpm:source>\r\n        <cpm:icon-uri>{uri}</cpm:icon-uri>\r\n      \
                     </cpm:source>\r\n{author}    </cpm:icon>\r\n"
                ));
            }
        }
        out.push_str("  </conference-description>\r\n");
    }
}

/// The same in an object of the message store, which has no namespaces.
fn plain_author(change: &Change) -> String {
    let (by, time) = (escape(&change.by), date_time(change.time_us));
    format!("    <participant>{by}</participant>\r\n    <timestamp>{time}</timestamp>\r\n")
}

fn author(change: &Change) -> String {
    format!(
        "      <cpm:participant>{}</cpm:participant>\r\n      <cpm:timestamp>{}</cpm:timestamp>\r\n",
        escape(&change.by),
        date_time(change.time_us)
    )
}

impl User {
    fn write(&self, own: bool, msrp: bool, out: &mut String) {
        let uri = escape(&self.uri);
        let own = if own { " yourown=\"true\"" } else { "" };
        out.push_str(&format!("    <user entity=\"{uri}\"{own}>\r\n"));
        if let Some(display) = self.display {
            out.push_str(&format!("      <display-text>{display}</display-text>\r\n"));
        }
        if !self.roles.is_empty() {
            let entries = self.roles.iter().map(|role| format!("        <entry>{}</entry>\r\n", escape(role)));
            out.push_str(&format!("      <roles>\r\n{}      </roles>\r\n", entries.collect::<String>()));
        }
        out.push_str(&format!(
            "      <endpoint entity=\"{uri}\">\r\n        <status>{}</status>\r\n",
            self.status.as_str()
        ));
        match (&self.status, &self.added_by) {
            (Status::Connected, Some(by)) => {
                out.push_str(&format!(
                    "        <joining-info>\r\n          <when>{}</when>\r\n          <by>{}</by>\r\n        </joining-info>\r\n",
                    date_time(self.joined_us),
                    escape(by)
                ));
            }
            (Status::Connected, None) => {}
            (Status::Disconnected { method, reason, by, time_us }, _) => {
                out.push_str(&format!("        <disconnection-method>{method}</disconnection-method>\r\n"));
                // 9.2.14.3 asks for disconnection-info over MSRP only.
                if msrp {
                    out.push_str(&format!(
                        "        <disconnection-info>\r\n          <when>{}</when>\r\n",
                        date_time(*time_us)
                    ));
                    if let Some(reason) = reason {
                        out.push_str(&format!("          <reason>{reason}</reason>\r\n"));
                    }
                    if let Some(by) = by {
                        out.push_str(&format!("          <by>{}</by>\r\n", escape(by)));
                    }
                    out.push_str("        </disconnection-info>\r\n");
                }
            }
        }
        out.push_str("      </endpoint>\r\n    </user>\r\n");
    }
}
