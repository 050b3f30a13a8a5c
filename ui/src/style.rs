//! How the window looks in both themes.

use eframe::egui::{FontFamily, FontId, Style, TextStyle, Visuals};

/// egui's own style is made for small tools; this one is read for hours.
pub fn set(style: &mut Style) {
    let sizes = [
        (TextStyle::Small, 11.5),
        (TextStyle::Body, 13.5),
        (TextStyle::Button, 13.5),
        (TextStyle::Heading, 19.0),
        (TextStyle::Monospace, 13.0),
    ];
    for (text, points) in sizes {
        let family = if text == TextStyle::Monospace { FontFamily::Monospace } else { FontFamily::Proportional };
        style.text_styles.insert(text, FontId::new(points, family));
    }
    style.spacing.button_padding = [8.0, 3.0].into();
    let Visuals { dark_mode, widgets, weak_text_color, .. } = &mut style.visuals;
    let (text, weak) = if *dark_mode { (215, 160) } else { (40, 95) };
    widgets.noninteractive.fg_stroke.color = eframe::egui::Color32::from_gray(text);
    *weak_text_color = Some(eframe::egui::Color32::from_gray(weak));
}
