use std::ops::Range;

use super::lexical::is_date_time;
use super::recipient::Recipients;
use super::types::{Content, Lexical, ROOT, Type};
use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge, Severity};
use crate::wire::conference_info::{ConferenceInfo, NAMESPACE};
use crate::wire::defect::Oddity;
use crate::wire::xml::{self, Element};

rule! {
    /// ## What it checks
    /// A conference-info document follows the schema of RFC 4575. An element that does not belong to its place, one that is there
    /// twice and may be there once, a value of the wrong form and a partial element inside of a full one are errors; elements in
    /// the wrong order and attributes that the schema does not have are warnings.
    ///
    /// ## Why it matters
    /// A client that validates refuses the whole document; one that does not reads something else than the focus meant.
    ///
    /// ## Example
    /// ```xml
    /// <conference-state><user-count>2</user-count><active>yes</active></conference-state>   <!-- yes is no boolean: broken -->
    /// <conference-state><user-count>2</user-count><active>true</active></conference-state>
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.1, §4.4, §6
    ///
    /// Foreign elements are welcome wherever they stand, and so are the elements of CPM (`icon`, `subject-ext`) and its attribute
    /// `yourown` in any namespace or none. What a rule of its own finds is not found here once more: an unknown element is passed
    /// over where the one that it may have been is missing.
    pub CPM_CINFO_SCHEMA: Error = "cpm-cinfo-schema", ["9.2.14.3-n-0.s5", "9.2.14.3-m-0.s4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let recipients = Recipients::new(case);
    for document in case.documents() {
        let Ok(info) = &document.info else { continue };
        let statement = document.pick("9.2.14.3-n-0.s5", "9.2.14.3-m-0.s4");
        // The rule on the root finds that, and nothing can be said of the rest.
        if document.is_broken() {
            continue;
        }
        let limits = [Oddity::TooManyElements, Oddity::TooManyAttributes, Oddity::XmlTooDeep];
        if info.defects.iter().any(|defect| limits.contains(&defect.what)) {
            judge.undecided(statement, "needs a document that is not larger than what is read");
            continue;
        }
        let Some((bytes, _)) = document.notification.bytes(&case.sessions().msrp, case.messages()) else { continue };
        let Ok(tree) = xml::parse(&bytes) else { continue };
        let mut walk = Walk {
            document,
            info,
            statement,
            judge,
            wants_subject: recipients.has_group_data(case, document) == Some(true),
            is_broken: false,
            disordered: Vec::new(),
            told: 0,
            unknown: 0,
        };
        walk.defects();
        walk.element(&tree.root, &ROOT);
        if !walk.is_broken {
            walk.judge.pass(statement);
        }
    }
}

/// Findings on one document, and elements at the wrong place that are looked at: there may be one per element.
const MAX_TOLD: usize = 100;

/// One way through one document.
struct Walk<'w, 'd, 'c> {
    document: &'w Document<'d>,
    info: &'w ConferenceInfo,
    statement: &'static str,
    judge: &'w mut Judge<'c>,
    /// Is a missing subject found by its own rule?
    wants_subject: bool,
    is_broken: bool,
    /// Names of elements whose children are out of order: each is told once.
    disordered: Vec<&'static str>,
    /// Of each kind, see [`MAX_TOLD`].
    told: usize,
    unknown: usize,
}

impl Walk<'_, '_, '_> {
    fn error(&mut self, range: &Range<usize>, message: String) {
        self.is_broken = true;
        self.told += 1;
        if self.told <= MAX_TOLD {
            self.judge.fail(self.statement, self.document.at(range), message);
        }
    }

    fn warning(&mut self, range: &Range<usize>, message: String) {
        self.told += 1;
        if self.told <= MAX_TOLD {
            self.judge.remark(self.statement, Severity::Warning, self.document.at(range), message);
        }
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
        let mut seen = vec![0u32; of.children.len()];
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
            seen[index] += 1;
            if seen[index] > 1 && !known.many {
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
        let Some(attribute) = child.attribute("state").filter(|_| self.document.is_notify() && is_full) else { return };
        if matches!(child.name, "user" | "endpoint") && matches!(attribute.value.trim(), "partial" | "deleted") {
            let message = format!("{} with state={} in a full {}", child.name, attribute.value.trim(), parent.name);
            self.error(&attribute.range, message);
        }
    }

    fn unknown(&mut self, child: &Element<'_>, parent: &Element<'_>, of: &'static Type) {
        self.unknown += 1;
        if self.unknown > MAX_TOLD || self.is_missed(child, parent, of) {
            return;
        }
        let message = format!("{} does not belong into {}", child.name, parent.name);
        if child.namespace.is_some() {
            self.error(&child.start_tag, message);
        } else if !self.info.defects.has(Oddity::PrefixUnbound) {
            self.warning(&child.start_tag, format!("{message}, and is in no namespace"));
        }
    }

    /// Does a rule of its own miss what `child` may have been, or where it should have been?
    fn is_missed(&self, child: &Element<'_>, parent: &Element<'_>, of: &'static Type) -> bool {
        if self.document.judged().is_none() || self.document.is_last() {
            return false;
        }
        let lacks = |element: &Element<'_>, name: &str| element.child(NAMESPACE, name).is_none();
        let is_status = |status: &str| parent.child(NAMESPACE, "status").is_some_and(|one| one.text.trim() == status);
        let is_complete = match parent.name {
            "conference-info" => self.document.is_full(),
            _ => parent.attribute("state").is_none_or(|state| state.value.trim() == "full"),
        };
        // What is there only sometimes is missed where it is known to be there: the name tells whether it may be that.
        let of_description = parent.name == "conference-description"
            && (self.wants_subject && lacks(parent, "subject")
                || child.name.starts_with("free") && lacks(parent, "free-text"));
        let of_user = parent.name == "user" && child.name.starts_with("role") && lacks(parent, "roles");
        let of_parent = is_complete && of.missed.iter().any(|name| lacks(parent, name));
        let of_endpoint = parent.name == "endpoint"
            && (is_status("disconnected")
                && (lacks(parent, "disconnection-method")
                    || !self.document.is_notify() && lacks(parent, "disconnection-info"))
                || child.name.starts_with("joining") && lacks(parent, "joining-info"));
        let description = self.info.description.as_ref();
        let state = self.info.conference_state.as_ref();
        let elsewhere = match child.name {
            "subject" => self.wants_subject && description.is_some_and(|one| one.subject.is_none()),
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
