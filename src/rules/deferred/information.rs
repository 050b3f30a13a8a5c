//! How a client that has come back is told who is in: by conference-info, or by the object of the message store.

use crate::rules::Case;
use crate::rules::look::is_of_type;
use crate::rules::pf::relayed::sent;
use crate::rules::store::object::is_object;
use crate::session::{Leg, MsrpMedia, Transfer};
use crate::wire::{MessageId, conference_info};

/// What a client takes, and what it is given over a leg with its participating function.
pub struct Information {
    /// Was its SDP captured?
    pub is_known: bool,
    /// Does its SDP list conference-info, or the group state object?
    pub takes_conference_info: bool,
    pub takes_objects: bool,
    /// The SENDs with either, in order.
    pub documents: Vec<MessageId>,
    pub objects: Vec<MessageId>,
}

impl Information {
    pub fn of(case: &Case<'_>, leg: &Leg) -> Information {
        let client = if leg.participant_is_caller() { &leg.media.caller } else { &leg.media.callee };
        let takes = |wanted: &str| client.as_ref().is_some_and(|media| lists(media, wanted));
        let of_function: Vec<&Transfer> = sent(case, leg, true).collect();
        let is_document = |one: &&&Transfer| is_of_type(case, one, conference_info::MEDIA_TYPE);
        Information {
            is_known: client.is_some(),
            takes_conference_info: takes(conference_info::MEDIA_TYPE),
            takes_objects: takes(&case.profile.content_types.group_state) || takes("*"),
            documents: of_function.iter().filter(is_document).map(|one| one.first).collect(),
            objects: of_function.iter().filter(|one| is_object(case, one)).map(|one| one.first).collect(),
        }
    }
}

fn lists(media: &MsrpMedia, wanted: &str) -> bool {
    media.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case(wanted))
}
