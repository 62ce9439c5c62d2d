//! Rows' methods inside another row's method: what is chosen from, mixed or calibrated.

use super::layered_features::blocks_for;
use super::{Dependencies, Method, Requirements, TransferSet};
use fsl_common::seed::Stream;

/// A method in a spec, inside another one.
pub trait Candidate {
    /// The same with every value spelled out.
    type Inputs: CandidateInputs;

    /// What it draws from, learns from and builds on.
    fn requirements(&self) -> Requirements<'_>;

    /// Spells the settings out, see [`Declared::resolve`](super::Declared::resolve).
    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs>;
}

/// A method that runs, inside another one.
pub trait CandidateInputs {
    /// The method itself.
    fn method(&self) -> &dyn Method;

    /// The method itself, to be changed.
    fn method_mut(&mut self) -> &mut dyn Method;
}

/// What all candidates together ask for. They draw nothing at random themselves, and have the same encoder.
pub(super) fn combined<'a>(candidates: impl Iterator<Item = Requirements<'a>>) -> Requirements<'a> {
    let own = Requirements {
        labelled_texts: true,
        ..Requirements::default()
    };
    candidates.fold(own, |all, one| Requirements {
        encoder: all.encoder.or(one.encoder),
        prompt: all.prompt.or(one.prompt),
        // What the encoder declares is followed where any candidate leaves it open.
        pooling: match (all.encoder, one.encoder) {
            (None, _) => one.pooling,
            (_, None) => all.pooling,
            _ => all.pooling.and(one.pooling),
        },
        threshold: all.threshold.or(one.threshold),
        temperature: all.temperature || one.temperature,
        farthest_layer: (all.farthest_layer.into_iter())
            .chain(one.farthest_layer)
            .max_by_key(|&layer| blocks_for(layer)),
        transfer: all.transfer.or(one.transfer.map(|transfer| TransferSet {
            // That is a key of the inner row.
            asked_by: None,
            ..transfer
        })),
        ..all
    })
}

/// The same of a method that parts the labelled texts at random.
pub(super) fn parted(needs: Requirements) -> Requirements {
    Requirements {
        streams: &[Stream::Order],
        ..needs
    }
}

/// Why a method with these requirements cannot be inside another one; `None` where it can.
pub(super) fn why_not_inside(needs: &Requirements) -> Option<&'static str> {
    if needs.base.is_some() {
        Some("builds on another row")
    } else if needs.imported.is_some() {
        Some("was predicted by another program")
    } else if needs.trains_encoder() {
        Some("trains its encoder, which takes too long inside another row")
    } else if !needs.streams.is_empty() {
        Some("draws its predictions at random")
    } else {
        None
    }
}

/// The key that two candidates must have in common and have not.
pub fn differing_key(one: &Requirements, other: &Requirements) -> Option<&'static str> {
    let encoders = one.encoder.zip(other.encoder);
    if encoders.is_some_and(|(one, other)| one != other) {
        return Some("encoder");
    }
    if encoders.is_some() && one.prompt != other.prompt {
        return Some("prompt");
    }
    let pools = one.transfer.zip(other.transfer);
    let differ = pools.is_some_and(|(one, other)| one.size != other.size);
    differ.then_some("transfer-size")
}

/// The candidates with every value spelled out; `None` where something is missing, or there is no candidate.
pub(super) fn resolved<M: Candidate>(
    methods: &[M],
    dependencies: &Dependencies,
) -> Option<Vec<M::Inputs>> {
    let resolved = |method: &M| {
        let needs = method.requirements();
        let mut of_candidate = dependencies.clone();
        of_candidate.pool.take_if(|_| needs.transfer.is_none());
        of_candidate.encoder.take_if(|_| needs.encoder.is_none());
        method.resolve(of_candidate)
    };
    let all: Option<Vec<M::Inputs>> = methods.iter().map(resolved).collect();
    all.filter(|all| !all.is_empty())
}

/// What a method says of its encoders and texts that has others in the list `$field`, inside `impl Method`.
macro_rules! inner_method {
    ($field:ident) => {
        fn check_classes(
            &self,
            classes: &fsl_common::classes::Classes,
        ) -> Result<(), fsl_common::settings::ParamError> {
            let mut methods = self.methods();
            methods.try_for_each(|method| method.check_classes(classes))
        }

        fn pool(&self) -> Option<&super::PoolInputs> {
            self.methods().find_map(Method::pool)
        }

        super::candidate::inner_method!(encoders $field);
    };
    (encoders $field:ident) => {
        /// The one whose vectors are used as they come, where there is such a method.
        fn encoder(&self) -> Option<&super::EncoderInputs> {
            let encoders = self.methods().filter_map(Method::encoder);
            encoders.max_by_key(|encoder| encoder.modules.len())
        }

        fn encoders_mut(&mut self) -> Vec<&mut super::EncoderInputs> {
            let inner = self.$field.iter_mut();
            inner
                .flat_map(|method| method.method_mut().encoders_mut())
                .collect()
        }
    };
}

pub(super) use inner_method;
