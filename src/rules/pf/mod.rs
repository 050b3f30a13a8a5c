//! Rules about the participating function between a client and the focus: what it passes on, and what it keeps (spec 5.2.3.2 to 5.2.4).

mod bye_200_order;
mod bye_answered;
mod bye_default_200;
mod bye_forwarded;
mod bye_in_dialog;
mod bye_procedure;
mod cinfo_to_notify;
mod cinfo_while_subscribed;
mod closed_after_bye;
mod datetime_overwritten;
mod discard_after_bye;
mod forwards_send;
pub mod hop;
mod msrp_481;
mod notify_of_cinfo;
mod reason_connection_loss;
pub mod relayed;
mod translated;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &bye_200_order::CPM_BYE_200_AFTER_PEER_200,
    &bye_answered::CPM_BYE_ANSWERED_200,
    &bye_forwarded::CPM_BYE_FORWARDED_TO_PEER_LEG,
    &bye_in_dialog::CPM_BYE_IN_DIALOG_FORM,
    &bye_procedure::CPM_BYE_PF_PROCEDURE,
    &reason_connection_loss::CPM_BYE_REASON_CONNECTION_LOSS,
    &bye_default_200::CPM_BYE_REASON_DEFAULT_200,
    &msrp_481::CPM_MSRP_481_AFTER_BYE,
    &closed_after_bye::CPM_MSRP_CLOSED_AFTER_BYE,
    &datetime_overwritten::CPM_MSRP_DATETIME_OVERWRITTEN,
    &discard_after_bye::CPM_MSRP_DISCARD_AFTER_BYE,
    &forwards_send::CPM_MSRP_PF_FORWARDS_SEND,
    &cinfo_to_notify::CPM_PF_CINFO_MSRP_TO_NOTIFY,
    &cinfo_while_subscribed::CPM_PF_CINFO_NOT_FORWARDED_WHEN_SUBSCRIBED,
    &notify_of_cinfo::CPM_PF_NOTIFY_DIFF_OF_CINFO,
];
