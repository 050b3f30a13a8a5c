//! Which part of a line between 0 and 1 is in sight.

use eframe::egui::{Key, Modifiers, Ui};

/// The least part that can be looked at.
const NARROWEST: f64 = 1e-7;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zoom {
    pub start: f64,
    pub width: f64,
}

impl Default for Zoom {
    fn default() -> Zoom {
        Zoom { start: 0.0, width: 1.0 }
    }
}

impl Zoom {
    /// Zooms in by `factor`; what stands at `share` of the part in sight stays there.
    pub fn by(&mut self, factor: f64, share: f64) {
        let fixed = self.start + share * self.width;
        self.width = (self.width / factor).clamp(NARROWEST, 1.0);
        self.start = fixed - share * self.width;
        self.keep();
    }

    /// Moves by `share` of the part in sight.
    pub fn shift(&mut self, share: f64) {
        self.start += share * self.width;
        self.keep();
    }

    fn keep(&mut self) {
        self.start = self.start.clamp(0.0, 1.0 - self.width);
    }

    /// Where `place` is in the part in sight: from 0 to 1 when it is in sight.
    pub fn share(&self, place: f64) -> f64 {
        (place - self.start) / self.width
    }

    /// Moves until `place` is in sight.
    pub fn show(&mut self, place: f64) {
        if !(0.0..=1.0).contains(&self.share(place)) {
            self.start = place - self.width / 2.0;
            self.keep();
        }
    }

    /// `+` and `-`, which zoom at `share`, `0` and the arrow keys, unless text is typed.
    pub fn keys(&mut self, ui: &Ui, share: f64) {
        if ui.text_edit_focused() {
            return;
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Plus) || pressed(Key::Equals) {
            self.by(1.6, share);
        }
        if pressed(Key::Minus) {
            self.by(1.0 / 1.6, share);
        }
        if pressed(Key::Num0) {
            *self = Zoom::default();
        }
        if pressed(Key::ArrowLeft) {
            self.shift(-0.2);
        }
        if pressed(Key::ArrowRight) {
            self.shift(0.2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_the_pointer_stays_there_and_nothing_leaves_the_line() {
        let mut zoom = Zoom::default();
        zoom.by(4.0, 0.5);
        assert_eq!(zoom, Zoom { start: 0.375, width: 0.25 });
        zoom.shift(10.0);
        assert_eq!(zoom, Zoom { start: 0.75, width: 0.25 });
        zoom.by(0.01, 0.2);
        assert_eq!(zoom, Zoom::default());
        zoom.by(1e30, 0.3);
        assert!(zoom.width >= NARROWEST && zoom.start + zoom.width <= 1.0);
    }
}
