//! How the window looks in both themes.

use eframe::egui::{Color32, Context, FontDefinitions, FontFamily, FontId, Style, TextStyle};

/// egui's own style is made for small tools; this window is read for hours: larger letters, more contrast.
pub fn install(egui: &Context) {
    let mut fonts = FontDefinitions::default();
    // egui's text font has no arrows; its monospaced one does.
    fonts.families.entry(FontFamily::Proportional).or_default().push("Hack".into());
    egui.set_fonts(fonts);
    egui.all_styles_mut(set);
}

fn set(style: &mut Style) {
    let sizes =
        [(TextStyle::Small, 11.5), (TextStyle::Body, 13.5), (TextStyle::Button, 13.5), (TextStyle::Heading, 19.0)];
    for (text, points) in sizes {
        style.text_styles.insert(text, FontId::proportional(points));
    }
    style.spacing.button_padding = [8.0, 3.0].into();
    let visuals = &mut style.visuals;
    let (text, weak, error) = match visuals.dark_mode {
        true => (Color32::from_gray(215), Color32::from_gray(160), Color32::from_rgb(255, 120, 110)),
        false => (Color32::from_gray(40), Color32::from_gray(95), Color32::from_rgb(180, 20, 20)),
    };
    visuals.widgets.noninteractive.fg_stroke.color = text;
    visuals.weak_text_color = Some(weak);
    visuals.error_fg_color = error;
}
