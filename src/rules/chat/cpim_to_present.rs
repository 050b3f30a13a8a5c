use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;
use crate::wire::uri::Uri;

rule! {
    /// ## What it checks
    /// Every CPIM message of a client has one To, with a URI in angle brackets.
    ///
    /// ## Why it matters
    /// The focus reads there for whom it is; without it a private message may go to all, or to nobody.
    ///
    /// ## Example
    /// `To: sip:conf1@focus.example.com` (no brackets), or no To at all: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 3862 §4.2
    pub CPM_MSRP_CPIM_TO_PRESENT: Error = "cpm-msrp-cpim-to-present", ["5.2.3.1-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-1";
    for one in odd_cpim(case).filter(|one| one.actor == Actor::Client) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let all: Vec<_> = message.all(cpim::CORE_NAMESPACE, "To").collect();
        match all.as_slice() {
            [] => _ = judge.fail(statement, one.first(), "CPIM message of a client has no To"),
            [to] => look(judge, statement, one.place(case, to.value_range()), &to.value()),
            [_, second, ..] => {
                judge.fail(
                    statement,
                    one.place(case, second.value_range()),
                    "CPIM message of a client has more than one To",
                );
            }
        }
    }
    for (sent, to) in case.glance().addressed.iter().filter(|(_, to)| !to.is_empty()) {
        look(judge, statement, sent.transfer.first.into(), to);
    }
}

fn look(judge: &mut Judge, statement: &'static str, place: crate::rules::Place, to: &str) {
    let uri = to.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).map(str::trim);
    let is_uri = uri
        .and_then(Uri::parse)
        .is_some_and(|uri| ["sip", "sips", "tel", "im"].iter().any(|scheme| uri.scheme().eq_ignore_ascii_case(scheme)));
    let what = || format!("To of a CPIM message is no URI in angle brackets: {to}");
    judge.expect(statement, is_uri, place, what).into_iter().for_each(|finding| _ = finding.found(to));
}
