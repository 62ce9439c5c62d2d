//! A check of what rows ask of their encoders, before anything runs.

use std::collections::HashMap;

use super::resources::{KnownEncoder, Resources};
use crate::spec::{Experiment, Row};
use crate::trial::TrialError;
use fsl_common::fsio::OpenFile;
use fsl_common::settings::{EncoderLimits, EncoderSource, LONGEST_CONFIG};
use fsl_methods::{MethodError, RowRef, blocks_for};

/// A row with its encoder, which is here.
struct Use<'a> {
    experiment: &'a Experiment,
    row: &'a Row,
    name: &'a str,
    known: &'a KnownEncoder,
    source: &'a EncoderSource,
}

impl Use<'_> {
    fn refused(&self, fault: MethodError) -> TrialError {
        let row = RowRef {
            experiment: self.experiment.name.clone(),
            row: self.row.id.clone(),
        };
        TrialError::Encoder {
            row: row.to_string(),
            encoder: self.name.to_owned(),
            source: Box::new(fault),
        }
    }
}

/// All rows whose encoder is here.
fn uses<'a>(
    experiments: &'a [Experiment],
    resources: &'a Resources,
) -> impl Iterator<Item = Use<'a>> {
    let rows = experiments
        .iter()
        .flat_map(|experiment| experiment.rows.iter().map(move |row| (experiment, row)));
    rows.filter_map(|(experiment, row)| {
        let name = row.method.requirements().encoder?;
        let known = resources.encoders.get(name)?.as_ref().ok()?;
        Some(Use {
            experiment,
            row,
            name,
            known,
            source: known.source.as_ref()?,
        })
    })
}

/// Checks, for all rows whose encoder is here, that it reads as many tokens as the spec allows and has the layers that they name. What a
/// config.json does not say is left to those who load the encoder.
///
/// # Errors
/// [`TrialError::Encoder`] for the first row of which that is not so.
pub fn check_limits(experiments: &[Experiment], resources: &Resources) -> Result<(), TrialError> {
    let mut known: HashMap<&str, EncoderLimits> = HashMap::new();
    for used in uses(experiments, resources) {
        let limits = *known
            .entry(used.name)
            .or_insert_with(|| limits(used.source).unwrap_or_default());
        let max_tokens = used.row.data.max_tokens;
        if let Some(positions) = limits.tokens.filter(|&most| i64::from(max_tokens) > most) {
            return Err(used.refused(MethodError::TooLong {
                max_tokens,
                positions,
            }));
        }
        let layer = used.row.method.requirements().farthest_layer;
        if let (Some(layer), Some(deepest)) = (layer, limits.layers)
            && blocks_for(layer) > deepest
        {
            return Err(used.refused(MethodError::NoLayer { layer, deepest }));
        }
    }
    Ok(())
}

fn limits(source: &EncoderSource) -> Option<EncoderLimits> {
    let file = OpenFile::open(&source.config).ok()?;
    Some(EncoderLimits::read(&file.read(LONGEST_CONFIG).ok()?))
}

/// Checks, for all rows whose encoder is here, that it declares the prompt that they name. A plan blocks such rows alone.
///
/// # Errors
/// [`TrialError::Encoder`] for the first row of which that is not so.
pub fn check_prompts(experiments: &[Experiment], resources: &Resources) -> Result<(), TrialError> {
    uses(experiments, resources).try_for_each(|used| {
        let given = used.row.method.requirements().prompt;
        let found = used.known.declared.prompts.text(given);
        found.map(drop).map_err(|fault| used.refused(fault.into()))
    })
}
