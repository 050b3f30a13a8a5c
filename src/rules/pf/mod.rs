//! Rules about the participating function between a client and the focus: what it passes on, and what it keeps (spec 5.2.3.2 to 5.2.4).

mod bye_200_order;
mod bye_200_passed;
mod bye_answered;
mod bye_default_200;
mod bye_forwarded;
mod bye_in_dialog;
mod bye_procedure;
mod chosen_client;
mod cinfo_to_notify;
mod cinfo_while_subscribed;
mod closed_after_bye;
mod datetime_overwritten;
pub mod devices;
mod direction_sent;
mod discard_after_bye;
mod forwards_send;
pub mod hop;
mod interworking_ends;
mod interworking_media;
mod msrp_481;
mod notify_of_cinfo;
mod notify_to_cinfo;
mod other_clients_end;
mod other_clients_stay;
mod reason_connection_loss;
pub mod relayed;
mod selection;
mod selection_bye;
mod translated;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &bye_200_order::CPM_BYE_200_AFTER_PEER_200,
    &bye_200_passed::CPM_BYE_200_FORWARDED_TO_PEER_LEG,
    &other_clients_stay::CPM_BYE_503_OTHER_CLIENTS_UNAFFECTED,
    &bye_answered::CPM_BYE_ANSWERED_200,
    &interworking_ends::CPM_BYE_FANOUT_IWF,
    &other_clients_end::CPM_BYE_FANOUT_OTHER_CLIENTS,
    &bye_forwarded::CPM_BYE_FORWARDED_TO_PEER_LEG,
    &bye_in_dialog::CPM_BYE_IN_DIALOG_FORM,
    &interworking_media::CPM_BYE_IWF_REINVITE_REMOVES_MEDIA,
    &selection_bye::CPM_BYE_OTHER_CLIENTS_ON_SELECTION,
    &bye_procedure::CPM_BYE_PF_PROCEDURE,
    &reason_connection_loss::CPM_BYE_REASON_CONNECTION_LOSS,
    &bye_default_200::CPM_BYE_REASON_DEFAULT_200,
    &msrp_481::CPM_MSRP_481_AFTER_BYE,
    &chosen_client::CPM_MSRP_CLIENT_SELECTION,
    &closed_after_bye::CPM_MSRP_CLOSED_AFTER_BYE,
    &datetime_overwritten::CPM_MSRP_DATETIME_OVERWRITTEN,
    &discard_after_bye::CPM_MSRP_DISCARD_AFTER_BYE,
    &direction_sent::CPM_MSRP_MESSAGE_DIRECTION_SENT,
    &forwards_send::CPM_MSRP_PF_FORWARDS_SEND,
    &cinfo_to_notify::CPM_PF_CINFO_MSRP_TO_NOTIFY,
    &cinfo_while_subscribed::CPM_PF_CINFO_NOT_FORWARDED_WHEN_SUBSCRIBED,
    &notify_of_cinfo::CPM_PF_NOTIFY_DIFF_OF_CINFO,
    &notify_to_cinfo::CPM_PF_NOTIFY_TO_MSRP_CINFO,
];
