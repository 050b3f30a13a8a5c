//! CPIM messages without a DateTime, with more than one, or with one that is no time.

use crate::rules::{Case, Sent};
use crate::session::Direction;
use crate::wire::cpim;

use super::body::Body;
use crate::rules::cinfo::lexical::is_date_time;

/// A message whose DateTime is odd.
pub struct OddTime<'a> {
    pub sent: Sent<'a>,
    pub what: String,
    /// Is it a notification, rather than something a user wrote?
    pub is_imdn: bool,
}

/// All of a session; isComposing statuses are left out.
pub fn odd_times<'a>(case: &Case<'a>) -> Vec<OddTime<'a>> {
    let glance = case.glance();
    let all = glance.undated.iter().chain(&glance.cpim);
    all.filter_map(|&sent| {
        let body = Body::of(case, sent)?;
        let message = cpim::parse(&body.body).ok()?;
        let times: Vec<_> = message.all(cpim::CORE_NAMESPACE, "DateTime").collect();
        let what = match times.as_slice() {
            [] => "no DateTime".to_owned(),
            [one] if is_date_time(one.text().trim()) => return None,
            [one] => format!("the DateTime {:?}", one.text()),
            _ => "more than one DateTime".to_owned(),
        };
        let kind = message.content_headers.content_type();
        let is = |essence: &str| kind.as_ref().is_some_and(|kind| kind.is(essence));
        (!is("application/im-iscomposing+xml")).then(|| OddTime { sent, what, is_imdn: is("message/imdn+xml") })
    })
    .collect()
}

/// Was it sent behind the participating function of who wrote it: by the side of the focus, or by that function to the focus?
pub fn is_of_function(case: &Case<'_>, sent: &Sent<'_>) -> bool {
    let stream = sent.stream(case);
    let is_network = case.hops().iter().any(|hop| std::ptr::eq(hop.network, stream.leg));
    match stream.is_from_focus(sent.transfer) {
        Some(true) => true,
        Some(false) => is_network,
        None => stream.leg.direction != Direction::ClientToClient && is_network,
    }
}
