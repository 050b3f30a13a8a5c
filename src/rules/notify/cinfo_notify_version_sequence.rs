use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge, Place, Severity};
use crate::timeline::Channel;
use crate::timeline::conference::Taken;
use crate::wire::MessageId;
use crate::wire::xml::Text;

rule! {
    /// ## What it checks
    /// The version of the documents of a subscription grows: a partial one has the version before it plus one, a full one a greater
    /// one, or the same when it changes nothing.
    ///
    /// ## Why it matters
    /// A subscriber drops a document that is not newer, and after a gap its list is out of date until the next full document.
    ///
    /// ## Example
    /// ```xml
    /// <conference-info … version="2" state="partial">     then
    /// <conference-info … version="4" state="partial">     <!-- broken: 3 is expected -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.6, §5.2. Where the CSeq of the NOTIFYs has a gap, too, documents were not captured and nothing
    /// is said.
    pub CPM_CINFO_NOTIFY_VERSION_SEQUENCE: Error = "cpm-cinfo-notify-version-sequence", ["9.2.14.3-n-6.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-n-6.s2";
    for document in case.documents().iter().filter(|document| document.is_notify()) {
        let Some(previous) = document.previous.and_then(|index| case.documents().get(index)) else { continue };
        let Some(taken) = document.taken else { continue };
        let place = place(document);
        match taken {
            Taken::NoTable | Taken::UnknownState => judge.undecided(id, "needs the documents before"),
            _ if !follows(case, previous.message, document) => {
                judge.undecided(id, "needs every NOTIFY of the subscription")
            }
            Taken::Stale { had, got } => {
                judge
                    .fail(id, place, format!("version went from {had} to {got}"))
                    .expected(format!("{}", u64::from(had) + 1))
                    .found(got.to_string())
                    .also(previous.message);
            }
            // The document between them may have come, cut or not at all captured.
            _ if case.lossy && skips(previous, document) => {
                judge.undecided(id, "needs the NOTIFYs that are missing from the capture")
            }
            Taken::Gap { expected, got } => {
                judge
                    .fail(
                        id,
                        place,
                        format!("version went from {} to {got}, expected {expected}", expected.saturating_sub(1)),
                    )
                    .expected(expected.to_string())
                    .found(got.to_string())
                    .also(previous.message);
            }
            _ if skips(previous, document) => {
                let [had, got] = [previous, document].map(|document| version(document).unwrap_or_default());
                let what = format!("version of a full document went from {had} to {got}");
                judge.remark(id, Severity::Note, place, what).also(previous.message);
            }
            _ => judge.pass(id),
        }
    }
}

/// Is there a version between those of the two?
fn skips(previous: &Document, document: &Document) -> bool {
    version(previous).zip(version(document)).is_some_and(|(had, got)| u64::from(got) > u64::from(had) + 1)
}

fn version(document: &Document) -> Option<u32> {
    document.info.as_ref().ok()?.version.as_ref().and_then(Text::to_u32)
}

fn place(document: &Document) -> Place {
    let version = document.info.as_ref().ok().and_then(|info| info.version.as_ref());
    version.map_or_else(|| document.at_root(), |version| document.at(&version.range))
}

/// Do the CSeq numbers of the NOTIFYs from `previous` to the document show that none is missing, and none overtook another?
fn follows(case: &Case<'_>, previous: MessageId, document: &Document) -> bool {
    let cseq = |id: MessageId| case.messages()[id].sip().map(|summary| u64::from(summary.cseq));
    let steps = |ids: &[MessageId]| ids.windows(2).all(|two| cseq(two[0]).map(|cseq| cseq + 1) == cseq(two[1]));
    match document.notification.channel {
        Channel::Subscription(index) => {
            let notifies = &case.sessions().subscriptions[index].notifies;
            let from = notifies.partition_point(|id| *id < previous);
            let to = notifies.partition_point(|id| *id <= document.message);
            notifies.get(from..to).is_some_and(steps)
        }
        _ => steps(&[previous, document.message]),
    }
}
