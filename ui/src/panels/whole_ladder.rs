//! The whole ladder as a picture, however long it is: as it is shown in the window, without what is selected.

use std::sync::Arc;

use anyhow::bail;
use eframe::egui::{self, ColorImage, Rect, pos2, vec2};

use super::ladder::{HEAD, LadderState, MARGIN, ROW, RowView, arrow_label, column_x, endpoint_ui};
use crate::findings::Findings;
use crate::offscreen;
use crate::session_view::DrawnLadder;
use crate::text::{grouped, shown};

/// Points between two columns: room for most labels.
const SPACING: f32 = 240.0;

/// Pixels of a picture that can still be opened elsewhere, and fits into memory: 400 MB while it is drawn.
const MOST_PIXELS: f32 = 100e6;

/// Pixels up to which a point is drawn as two by two.
const FINE_PIXELS: f32 = 50e6;

/// What is needed to draw it.
pub struct WholeLadder {
    pub drawn: Arc<DrawnLadder>,
    pub state: LadderState,
    pub findings: Option<Arc<Findings>>,
    pub theme: egui::Theme,
}

impl WholeLadder {
    /// Draws it.
    ///
    /// # Errors
    /// It is too long for a picture.
    pub fn picture(mut self) -> anyhow::Result<ColorImage> {
        self.state.choose(&self.drawn);
        let heads = self.state.heads(&self.drawn.ladder);
        let arrows = self.state.arrows();
        let width = MARGIN + SPACING * heads.len().max(1) as f32 + 8.0;
        let height = HEAD + ROW * arrows.len() as f32 + 12.0;
        if width * height > MOST_PIXELS {
            bail!("{} arrows are too many for a picture: export it as SVG", grouped(arrows.len() as u64));
        }
        let scale = if width * height * 4.0 <= FINE_PIXELS { 2.0 } else { 1.0 };
        let start = self.drawn.ladder.arrows.first().map(|arrow| arrow.time).unwrap_or_default();
        Ok(offscreen::draw(vec2(width, height), scale, self.theme, |ui| {
            let fill = ui.visuals().widgets.inactive.weak_bg_fill;
            for (place, head) in heads.iter().enumerate() {
                let x = column_x(0.0, SPACING, place);
                let rect = Rect::from_center_size(pos2(x, HEAD / 2.0), vec2(SPACING - 12.0, HEAD - 4.0));
                endpoint_ui(ui, ui.painter(), rect, fill, &shown(&head.name), &head.address);
            }
            for (row, &place) in arrows.iter().enumerate() {
                let place = place as usize;
                let Some(arrow) = self.drawn.ladder.arrows.get(place) else { continue };
                let status = self.drawn.status.get(place).copied().flatten().filter(|_| !self.state.shows_responses());
                let label = arrow_label(arrow, status);
                let severity = self.findings.as_ref().and_then(|findings| findings.of_message.get(&arrow.message));
                let rect = Rect::from_min_size(pos2(0.0, HEAD + ROW * row as f32), vec2(width, ROW));
                let view = RowView {
                    drawn: &self.drawn,
                    state: &self.state,
                    start,
                    spacing: SPACING,
                    label: &label,
                    is_selected: false,
                    severity: severity.copied(),
                };
                view.show(ui, rect, place, arrow);
            }
        }))
    }
}
