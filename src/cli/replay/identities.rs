//! What is another one for each copy: `{n}` in a `--map`, and the lines of an `--identities` file.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use crate::replay::Settings;

/// What a file of `--identities` says.
pub(super) struct Identities {
    pub(super) originals: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Identities {
    pub(super) fn read(path: &Path) -> anyhow::Result<Identities> {
        let text = fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let cells = |line: &str| line.split(',').map(|cell| cell.trim().trim_matches('"').to_owned()).collect();
        let originals: Vec<String> = lines.next().map(cells).unwrap_or_default();
        let rows: Vec<Vec<String>> = lines.map(cells).collect();
        if rows.is_empty() || rows.iter().any(|row| row.len() != originals.len()) {
            bail!(
                "{}: it takes a line of what to replace, and a line with as many values for each copy",
                path.display()
            );
        }
        Ok(Identities { originals, rows })
    }
}

/// The settings of one copy: where something differs from copy to copy, they are its own.
pub(super) fn of_copy(settings: &Arc<Settings>, copy: usize, identities: Option<&Identities>) -> Arc<Settings> {
    let has_pattern = settings.hosts.iter().any(|(_, to)| to.contains("{n}"));
    if !has_pattern && identities.is_none() {
        return Arc::clone(settings);
    }
    let mut own = Settings::clone(settings);
    own.hosts.iter_mut().for_each(|(_, to)| *to = to.replace("{n}", &(copy + 1).to_string()));
    if let Some(identities) = identities {
        let row = &identities.rows[copy % identities.rows.len()];
        own.hosts.extend(identities.originals.iter().cloned().zip(row.iter().cloned()));
    }
    Arc::new(own)
}
