//! Colour rules: messages that a filter takes stand out in the table.

use rcshark::Analysis;
use rcshark::filter::{Filter, FilterError};
use rcshark::view::MessageLookup;
use rcshark::wire::MessageId;

/// More rules than this nobody tells apart.
const MAX_RULES: usize = 20;

/// Colours there are to choose from.
pub const COLOURS: usize = 8;

pub struct ColourRule {
    /// The expression as it was typed.
    pub text: String,
    /// Which colour, see [`crate::style::series`].
    pub colour: usize,
    filter: Filter,
}

/// In order: the first rule that takes a message colours it.
#[derive(Default)]
pub struct ColourRules {
    rules: Vec<ColourRule>,
    /// Counts the changes.
    version: u64,
}

impl ColourRules {
    /// Of the settings; what makes no sense is left out.
    pub fn new(lines: &[(usize, String)]) -> ColourRules {
        let mut rules = ColourRules::default();
        // The one that is added last comes first.
        for (colour, text) in lines.iter().rev() {
            let _ = rules.add(text, *colour);
        }
        rules
    }

    /// For the settings.
    pub fn lines(&self) -> Vec<(usize, String)> {
        self.rules.iter().map(|rule| (rule.colour, rule.text.clone())).collect()
    }

    pub fn all(&self) -> &[ColourRule] {
        &self.rules
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    /// Puts a rule before all others.
    pub fn add(&mut self, text: &str, colour: usize) -> Result<(), FilterError> {
        let (text, filter) = (text.trim().to_owned(), Filter::parse(text)?);
        self.version += 1;
        self.rules.retain(|rule| rule.text != text);
        self.rules.insert(0, ColourRule { text, colour: colour % COLOURS, filter });
        self.rules.truncate(MAX_RULES);
        Ok(())
    }

    pub fn remove(&mut self, place: usize) {
        if place < self.rules.len() {
            self.version += 1;
            self.rules.remove(place);
        }
    }

    /// The colour of a message.
    pub fn colour(&self, analysis: &Analysis, id: MessageId) -> Option<usize> {
        let takes = |rule: &&ColourRule| rule.filter.matches(&MessageLookup { analysis, id });
        self.rules.iter().find(takes).map(|rule| rule.colour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_rule_that_was_made_comes_first_and_nonsense_is_refused() {
        let mut rules = ColourRules::new(&[(1, "sip".into()), (2, "msrp &&".into())]);
        assert!(rules.add("msrp", 9).is_ok() && rules.add("nonsense", 1).is_err());
        assert_eq!(rules.lines(), [(1, "msrp".to_owned()), (1, "sip".to_owned())]);
        rules.remove(0);
        rules.remove(7);
        assert_eq!(rules.lines(), [(1, "sip".to_owned())]);
    }
}
