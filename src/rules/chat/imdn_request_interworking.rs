use super::imdn_request::tokens;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Every chat message of a client asks to be told when it left the network of CPM: `interworking` is among the tokens of
    /// its `imdn.Disposition-Notification`.
    ///
    /// ## Why it matters
    /// Its sender does not learn that it went out as an SMS.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 5438 §10
    ///
    /// The token is defined outside of this specification, hence a warning.
    pub CPM_MSRP_IMDN_REQUEST_INTERWORKING: Warning = "cpm-msrp-imdn-request-interworking", ["5.2.3.1-2-interworking"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-2-interworking";
    for (sent, wish) in case.glance().wishes.iter().filter(|(_, wish)| !wish.is_empty()) {
        let asks = tokens(wish).any(|token| token == "interworking");
        let what = || "chat message of a client does not ask for interworking notifications".to_owned();
        let finding = judge.expect(statement, asks, sent.transfer.first, what);
        finding.into_iter().for_each(|finding| _ = finding.expected("interworking").found(*wish));
    }
}
