use super::invitation::{Clauses, Invitation};
use crate::rules::pf::hop::ends_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, split_values};

rule! {
    /// ## What it checks
    /// An INVITE of a client goes where its registration was answered, and its Route ends with the Service-Route of that
    /// answer.
    ///
    /// ## Why it matters
    /// The INVITE passes its S-CSCF by, and no service of the user is applied.
    ///
    /// ## Example
    /// The 200 of the REGISTER has `Service-Route: <sip:orig@scscf;lr>`, the INVITE has no Route: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3; RFC 3608 §5, 3GPP TS 24.229 §5.1.2A.1.1
    ///
    /// Without the registration in the capture nothing is judged.
    pub CPM_INVITE_SEND_SIP_CORE: Warning = "cpm-invite-send-sip-core", ["5.2.1.1-16", "5.2.1.2-11", "5.2.1.3-11", "5.2.1.4-11", "5.2.3-12"], check;
}

const CLAUSES: Clauses = Clauses::of_clients(["5.2.1.1-16", "5.2.1.2-11", "5.2.1.3-11", "5.2.1.4-11", "5.2.3-12"]);

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations().iter().filter(|one| one.is_of_client()) {
        let (Some(statement), Some(answer)) = (CLAUSES.statement(one.purpose), registration(case, one)) else {
            continue;
        };
        let Some(message) = case.sip(answer) else { continue };
        let (route, service) = (addresses(&one.message, Name::Route), addresses(&message, Name::ServiceRoute));
        // The P-CSCF may stand before it.
        let is_right = route.ends_with(&service) && route.len() <= service.len() + 1;
        let is_there = ends_of(case, one.id).1 == ends_of(case, answer).0;
        let what = || match is_there {
            true => format!("Route of the INVITE of {} does not end with its Service-Route", one.user()),
            false => format!("the INVITE of {} does not go where its registration was answered", one.user()),
        };
        let finding = judge.expect(statement, is_right && is_there, one.place(Name::Route), what);
        let expected = service.iter().map(|uri| format!("<{uri}>")).collect::<Vec<_>>().join(", ");
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected).also(answer));
    }
}

/// The last 2xx of a registration that the client got before its INVITE.
fn registration(case: &Case<'_>, one: &Invitation<'_>) -> Option<MessageId> {
    let user = &one.leg.participant()?.key;
    let client = ends_of(case, one.id).0;
    let is_accepted = |id: &MessageId| {
        case.messages()[*id].sip().is_some_and(|summary| !summary.is_request && (200..300).contains(&summary.status))
    };
    let all = case.sessions().outside.get(user)?.iter().copied();
    all.take_while(|&id| id < one.id).filter(is_accepted).filter(|&id| ends_of(case, id).1 == client).last()
}

/// The URIs of all fields with this name.
fn addresses(message: &Message<'_>, name: Name) -> Vec<String> {
    let mut uris = Vec::new();
    for field in message.all(name) {
        let value = field.value();
        uris.extend(split_values(&value).filter_map(NameAddr::parse).map(|address| address.uri().to_owned()));
    }
    uris
}
