//! Rules about when and how participants are told: NOTIFY and conference-info over MSRP (spec 9.2.14.3, 5.2.6.1, RFC 6665).

mod answered_by_pf;
mod change;
mod cinfo_msrp_content_type;
mod cinfo_msrp_full_state;
mod cinfo_msrp_initial;
mod cinfo_msrp_no_partial;
mod cinfo_msrp_not_negotiated;
mod cinfo_msrp_on_change;
mod cinfo_notify_version_sequence;
mod content_type;
mod noresource;
mod on_change;
pub mod own;
mod partial_for_changes;
mod rate;
mod rfc6665;
mod sip_subscribe_expires;
mod subscribe_failure;
mod subscribe_maintain;
mod subscribe_needed;
mod subscribe_notify;
mod subscription_state;
mod without_subscription;

use super::Rule;

/// Sorted by name.
pub const RULES: &[&Rule] = &[
    &cinfo_msrp_content_type::CPM_CINFO_MSRP_CONTENT_TYPE,
    &cinfo_msrp_full_state::CPM_CINFO_MSRP_FULL_STATE,
    &cinfo_msrp_initial::CPM_CINFO_MSRP_INITIAL,
    &cinfo_msrp_no_partial::CPM_CINFO_MSRP_NO_PARTIAL,
    &cinfo_msrp_not_negotiated::CPM_CINFO_MSRP_NOT_NEGOTIATED,
    &cinfo_msrp_on_change::CPM_CINFO_MSRP_ON_CHANGE,
    &cinfo_notify_version_sequence::CPM_CINFO_NOTIFY_VERSION_SEQUENCE,
    &answered_by_pf::CPM_NOTIFY_ANSWERED_200,
    &content_type::CPM_NOTIFY_CONTENT_TYPE,
    &noresource::CPM_NOTIFY_NORESOURCE,
    &on_change::CPM_NOTIFY_ON_CHANGE,
    &partial_for_changes::CPM_NOTIFY_PARTIAL_FOR_CHANGES,
    &rate::CPM_NOTIFY_RATE,
    &rfc6665::CPM_NOTIFY_RFC6665,
    &subscribe_failure::CPM_SUBSCRIBE_FAILURE_CONTINUE,
    &subscribe_maintain::CPM_SUBSCRIBE_MAINTAIN,
    &subscribe_needed::CPM_SUBSCRIBE_WHEN_CINFO_NOT_APPLICABLE,
    &subscribe_notify::SIP_NOTIFY_MISSING_AFTER_SUBSCRIBE,
    &subscription_state::SIP_NOTIFY_SUBSCRIPTION_STATE,
    &without_subscription::SIP_NOTIFY_WITHOUT_SUBSCRIPTION,
    &sip_subscribe_expires::SIP_SUBSCRIBE_EXPIRES,
];
