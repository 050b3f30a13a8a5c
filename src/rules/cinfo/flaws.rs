//! What of a conference-info document does not follow the schema: found in the tree that the document is read from, while it is
//! there.

use std::ops::Range;

use super::lexical::is_date_time;
use super::types::{Content, Lexical, ROOT, Type};
use crate::wire::conference_info::{ConferenceInfo, NAMESPACE};
use crate::wire::defect::Oddity;
use crate::wire::xml::Element;

/// Findings on one document, and elements at the wrong place that are looked at: there may be one per element.
pub const MAX_TOLD: usize = 100;

/// What a document has that the schema has not, in the order of the document.
#[derive(Default)]
pub struct Flaws {
    /// The first ones: so many that [`MAX_TOLD`] are left without those that may be a subject.
    pub list: Vec<Flaw>,
    /// Are there errors beyond those?
    pub is_longer: bool,
}

pub struct Flaw {
    pub range: Range<usize>,
    pub message: String,
    /// Else it is worth a warning.
    pub is_error: bool,
    /// May it be the subject that is missing elsewhere?
    pub may_be_subject: bool,
}

/// What is known of a document beside its tree.
pub struct Of {
    pub is_notify: bool,
    pub is_full: bool,
    /// Do the rules on what must be there judge it?
    pub is_judged: bool,
}

impl Flaws {
    /// Looks at the tree of a document.
    pub fn find(root: &Element<'_>, info: &ConferenceInfo, of: Of) -> Flaws {
        let mut walk = Walk { of, info, found: Flaws::default(), disordered: Vec::new(), unknown: 0 };
        walk.defects();
        walk.element(root, &ROOT);
        walk.found
    }
}

/// One way through one document.
struct Walk<'w> {
    of: Of,
    info: &'w ConferenceInfo,
    found: Flaws,
    /// Names of elements whose children are out of order: each is told once.
    disordered: Vec<&'static str>,
    /// See [`MAX_TOLD`].
    unknown: usize,
}

impl Walk<'_> {
    fn add(&mut self, flaw: Flaw) {
        if self.found.list.len() < 2 * MAX_TOLD {
            self.found.list.push(flaw);
        } else {
            self.found.is_longer |= flaw.is_error;
        }
    }

    fn error(&mut self, range: &Range<usize>, message: String) {
        self.add(Flaw { range: range.clone(), message, is_error: true, may_be_subject: false });
    }

    fn warning(&mut self, range: &Range<usize>, message: String) {
        self.add(Flaw { range: range.clone(), message, is_error: false, may_be_subject: false });
    }

    /// What makes a document unfit for every reader of XML, though this one got over it.
    fn defects(&mut self) {
        let fatal = [
            Oddity::PrefixUnbound,
            Oddity::DuplicateAttribute,
            Oddity::BadAttribute,
            Oddity::IllegalCharacter,
            Oddity::UnknownEntity,
        ];
        let info = self.info;
        if let Some(defect) = info.defects.iter().find(|defect| fatal.contains(&defect.what)) {
            self.error(&defect.range, format!("conference-info with {}", defect.what.as_str()));
        }
    }

    fn element(&mut self, element: &Element<'_>, of: &'static Type) {
        self.attributes(element, of);
        // A bit for each kind of child; the schema has no type with more than a dozen.
        let mut seen = 0u64;
        let mut latest = 0;
        for child in &element.children {
            let is_ours = child.namespace == Some(NAMESPACE);
            let is_cpm = element.name == "conference-description" && matches!(child.name, "icon" | "subject-ext");
            if is_cpm || !is_ours && child.namespace.is_some() {
                continue;
            }
            let Some(index) = of.children.iter().position(|known| known.name == child.name) else {
                self.unknown(child, element, of);
                continue;
            };
            let known = &of.children[index];
            if !is_ours {
                if !self.info.defects.has(Oddity::PrefixUnbound) {
                    self.error(&child.start_tag, format!("{} in {} is in no namespace", child.name, element.name));
                }
                continue;
            }
            let is_again = seen & (1 << index) != 0;
            seen |= 1 << index;
            if is_again && !known.many {
                self.error(&child.range, format!("{} in {} is there again", child.name, element.name));
                continue;
            }
            if index < latest && !self.disordered.contains(&known.name) {
                self.disordered.push(known.name);
                let message = format!("{} in {} is not where the schema has it", child.name, element.name);
                self.warning(&child.start_tag, message);
            }
            latest = latest.max(index);
            match known.content {
                Content::Elements(inner) => {
                    self.nested_state(child, element);
                    self.element(child, inner);
                }
                Content::Text(lexical) => self.text(child, lexical),
            }
        }
        for &name in of.required {
            let is_there = element.attribute(name).is_some() || element.child(NAMESPACE, name).is_some();
            if !is_there {
                self.error(&element.start_tag, format!("{} has no {name}", element.name));
            }
        }
    }

    fn attributes(&mut self, element: &Element<'_>, of: &'static Type) {
        for attribute in element.attributes.iter().filter(|attribute| attribute.namespace.is_none()) {
            match of.attributes.iter().find(|(name, _)| *name == attribute.name) {
                Some((name, lexical)) => {
                    let value = attribute.to_text();
                    if !fits(value.as_str(), *lexical) {
                        let message = format!("{name} of {} is {:?}", element.name, value.value);
                        self.error(&attribute.value_range, message);
                    }
                }
                None if attribute.name == "yourown" => {}
                None if self.info.defects.has(Oddity::PrefixUnbound) => {}
                None => {
                    let message =
                        format!("{} has the attribute {}, which is not in the schema", element.name, attribute.name);
                    self.warning(&attribute.range, message);
                }
            }
        }
    }

    fn text(&mut self, element: &Element<'_>, lexical: Lexical) {
        let value = element.to_text();
        if !fits(value.as_str(), lexical) {
            self.error(&value.range, format!("{} is {:?}", element.name, value.value));
        }
        if let Some(inner) = element.children.iter().find(|inner| inner.namespace == Some(NAMESPACE)) {
            self.error(&inner.start_tag, format!("{} in {}, which holds text only", inner.name, element.name));
        }
    }

    /// A full element has full children only (RFC 4575 §4.4). Over MSRP, and for `users`, other rules ask for that.
    fn nested_state(&mut self, child: &Element<'_>, parent: &Element<'_>) {
        let state = |element: &Element<'_>| element.attribute("state").map(|state| state.value.trim().to_owned());
        let is_full = state(parent).is_none_or(|state| state == "full");
        let Some(attribute) = child.attribute("state").filter(|_| self.of.is_notify && is_full) else { return };
        if matches!(child.name, "user" | "endpoint") && matches!(attribute.value.trim(), "partial" | "deleted") {
            let message = format!("{} with state={} in a full {}", child.name, attribute.value.trim(), parent.name);
            self.error(&attribute.range, message);
        }
    }

    fn unknown(&mut self, child: &Element<'_>, parent: &Element<'_>, of: &'static Type) {
        self.unknown += 1;
        if self.unknown > MAX_TOLD || self.is_missed(child, parent, of, false) {
            return;
        }
        let may_be_subject = self.is_missed(child, parent, of, true);
        let range = child.start_tag.clone();
        let message = format!("{} does not belong into {}", child.name, parent.name);
        if child.namespace.is_some() {
            self.add(Flaw { range, message, is_error: true, may_be_subject });
        } else if !self.info.defects.has(Oddity::PrefixUnbound) {
            let message = format!("{message}, and is in no namespace");
            self.add(Flaw { range, message, is_error: false, may_be_subject });
        }
    }

    /// Does a rule of its own miss what `child` may have been, or where it should have been? `wants_subject` tells whether one
    /// misses the subject, where there is none.
    fn is_missed(&self, child: &Element<'_>, parent: &Element<'_>, of: &'static Type, wants_subject: bool) -> bool {
        if !self.of.is_judged {
            return false;
        }
        let lacks = |element: &Element<'_>, name: &str| element.child(NAMESPACE, name).is_none();
        let is_status = |status: &str| parent.child(NAMESPACE, "status").is_some_and(|one| one.text.trim() == status);
        let is_complete = match parent.name {
            "conference-info" => self.of.is_full,
            _ => parent.attribute("state").is_none_or(|state| state.value.trim() == "full"),
        };
        // What is there only sometimes is missed where it is known to be there: the name tells whether it may be that.
        let of_description = parent.name == "conference-description"
            && (wants_subject && lacks(parent, "subject")
                || child.name.starts_with("free") && lacks(parent, "free-text"));
        let of_user = parent.name == "user" && child.name.starts_with("role") && lacks(parent, "roles");
        let of_parent = is_complete && of.missed.iter().any(|name| lacks(parent, name));
        let of_endpoint = parent.name == "endpoint"
            && (is_status("disconnected")
                && (lacks(parent, "disconnection-method")
                    || !self.of.is_notify && lacks(parent, "disconnection-info"))
                || child.name.starts_with("joining") && lacks(parent, "joining-info"));
        let description = self.info.description.as_ref();
        let state = self.info.conference_state.as_ref();
        let elsewhere = match child.name {
            "subject" => wants_subject && description.is_some_and(|one| one.subject.is_none()),
            "maximum-user-count" => description.is_some_and(|one| one.maximum_user_count.is_none()),
            "user-count" => state.is_some_and(|one| one.user_count.is_none()),
            "conference-description" => description.is_none(),
            "conference-state" => state.is_none(),
            "users" => self.info.users.is_none(),
            "endpoint" => parent.children.iter().any(|user| user.name == "user" && lacks(user, "endpoint")),
            "status" | "disconnection-method" | "disconnection-info" | "joining-info" => {
                parent.children.iter().any(|endpoint| endpoint.name == "endpoint" && lacks(endpoint, child.name))
            }
            _ => false,
        };
        of_parent || of_description || of_user || of_endpoint || elsewhere
    }
}

fn fits(value: &str, lexical: Lexical) -> bool {
    match lexical {
        Lexical::Any => true,
        Lexical::Boolean => matches!(value, "true" | "false" | "1" | "0"),
        Lexical::DateTime => is_date_time(value),
        Lexical::OneOf(values) => values.contains(&value),
    }
}
