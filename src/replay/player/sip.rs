//! The SIP of a player: requests and responses of its legs, their transactions and dialogs.

use super::*;
use crate::replay::body::OwnMedia;
use crate::replay::compose::Context;
use crate::replay::dialog::tag;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::split_values;

impl Player {
    /// How well a request outside a dialog fits what this player waits for.
    pub fn interest(&self, message: &Message<'_>) -> Option<(u32, usize)> {
        if self.finished_at.is_some() {
            return None;
        }
        let plan = &self.score.plan;
        let waiting = plan.legs.iter().enumerate().filter(|(index, leg)| !leg.caller && !self.legs[*index].begun);
        let fits = waiting.filter_map(|(index, _)| {
            let template = self.score.sip[self.score.first[index]?].as_ref()?;
            Some((judge::fit(&self.ids, index, &template.message, message)?, index))
        });
        // The first of those that fit best.
        fits.reduce(|best, next| if next.0 > best.0 { next } else { best })
    }

    /// Begins the leg that a request outside a dialog is for.
    pub fn adopt(&mut self, leg: usize, message: &Message<'_>) {
        let call_id = message.header(Name::CallId).unwrap_or_default().into_owned();
        let state = &mut self.legs[leg];
        state.begun = true;
        state.dialog.call_id = call_id.clone();
        self.ids.learn(Scope::Everywhere, &self.score.plan.legs[leg].call_id, &call_id);
        self.actions.push_back(Action::Call { call_id });
        if let Some(id) = message.header(Name::ContributionId) {
            self.actions.push_back(Action::Group { contribution_id: id.trim().to_owned() });
        }
    }

    pub(super) fn leg_of(&self, message: &Message<'_>) -> Option<usize> {
        let call_id = message.header(Name::CallId)?;
        let leg = self.legs.iter().position(|leg| leg.dialog.call_id == *call_id)?;
        let forks = &self.score.forks[leg];
        if forks.len() == 1 {
            return Some(leg);
        }
        let [own_tag, peer_tag] = [Name::To, Name::From].map(|name| tag(message, name));
        let is_inside = |&&fork: &&usize| {
            let dialog = &self.legs[fork].dialog;
            (&dialog.own_tag, &dialog.peer_tag) == (&own_tag, &peer_tag)
        };
        forks.iter().find(is_inside).or(forks.first()).copied()
    }

    /// What messages of a leg are made with, and its dialog.
    pub(super) fn context(&mut self, leg: usize) -> (Context<'_>, &Dialog) {
        let address = self.media_address(leg);
        let state = &self.legs[leg];
        let context = Context {
            leg,
            local: self.local,
            media: (!state.own_path.is_empty()).then_some(OwnMedia {
                address,
                path: &state.own_path,
                fingerprint: self.settings.fingerprint.as_deref().filter(|_| state.own_tls),
            }),
            names_focus: self.score.plan.side == Side::Focus,
            keep_ids: self.settings.keep_ids,
            ids: &mut self.ids,
        };
        (context, &state.dialog)
    }

    pub(super) fn branch(&mut self) -> String {
        self.ids.fresh.hex_behind("z9hG4bK", 20)
    }
}

/// The branch of the topmost Via.
pub(super) fn branch_of(message: &Message<'_>) -> Option<String> {
    let value = message.header(Name::Via)?;
    let mut params = split_values(&value).next()?.split(';').skip(1).filter_map(|param| param.split_once('='));
    let (_, branch) = params.find(|(name, _)| name.trim().eq_ignore_ascii_case("branch"))?;
    Some(branch.trim().to_owned()).filter(|branch| !branch.is_empty())
}
