//! The embeddings of tokens: sums of rows of tables, normalised.

mod graph;

use tch::{Kind, Tensor};

use super::NnError;
use super::batch::Packed;
use super::config::EncoderConfig;
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, join};
use super::linear::Linear;
use super::shapes::Shapes;
use fsl_common::settings::Precision;

/// Where a family's embeddings are in a checkpoint; but for the first without `.weight`, and `.bias` of the normalisation. `None` for
/// what it has not.
#[derive(Clone, Copy)]
pub(crate) struct EmbeddingNames {
    pub(crate) word: &'static str,
    pub(crate) position: Option<&'static str>,
    pub(crate) token_type: Option<&'static str>,
    /// A linear layer without bias from `E` to `H` before the normalisation.
    pub(crate) widened: Option<&'static str>,
    pub(crate) norm: Option<&'static str>,
    pub(crate) norm_bias: bool,
    /// From the width of the embeddings to that of the hidden states, after dropout.
    pub(crate) projection: Option<&'static str>,
}

impl EmbeddingNames {
    /// The shapes of the tensors.
    pub(crate) fn expect(&self, shapes: &mut Shapes, config: &EncoderConfig) {
        let width = config.embedding_size;
        shapes.tensor(self.word, vec![config.vocab_size, width]);
        if let Some(name) = self.position {
            let rows = config.max_positions.saturating_add(config.first_position);
            shapes.table(name, rows, width);
        }
        if let Some(name) = self.token_type {
            shapes.table(name, config.type_vocab_size, width);
        }
        let width = if let Some(name) = self.widened {
            shapes.linear_with(name, config.hidden, width, false);
            config.hidden
        } else {
            width
        };
        if let Some(name) = self.norm {
            shapes.norm_with(name, width, self.norm_bias);
        }
        if let Some(name) = self.projection {
            shapes.linear(name, config.hidden, width);
        }
    }
}

/// Sums of embeddings, normalised.
pub(crate) struct Embeddings {
    names: EmbeddingNames,
    /// `[V, E]`; while fitting, only the rows that occur (see [`sparse_embedding`](super::sparse_embedding)).
    pub(crate) word: Tensor,
    /// The row of `word` that never learns, -1 for none.
    pub(crate) padding_row: i64,
    /// Whether the last row of `word` is none of the checkpoint's.
    added_row: bool,
    /// `[P, E]`
    position: Option<Tensor>,
    /// The first token's row of it; the row before it, where there is one, is that of padding.
    first_position: i64,
    /// `[K, E]`; row 0 is used.
    token_type: Option<Tensor>,
    /// `[H, E]`
    widened: Option<Linear>,
    norm: Option<LayerNorm>,
    /// After the normalisation.
    pub(crate) dropout: f64,
    /// `[H, E]`
    projection: Option<Linear>,
}

impl Embeddings {
    /// Takes the embeddings from a checkpoint, by their family's names.
    pub(crate) fn load(
        take: Take,
        config: &EncoderConfig,
        names: &EmbeddingNames,
    ) -> Result<Self, NnError> {
        let word = take(names.word)?;
        let mut table = |name: &str| take(&format!("{name}.weight"));
        Ok(Self {
            names: *names,
            word,
            added_row: false,
            padding_row: config
                .pad_token_id
                .filter(|&id| id < config.vocab_size)
                .unwrap_or(-1),
            position: names.position.map(&mut table).transpose()?,
            token_type: names.token_type.map(&mut table).transpose()?,
            widened: match names.widened {
                Some(name) => Some(Linear::load_with(take, name, false)?),
                None => None,
            },
            norm: match names.norm {
                Some(name) => Some(LayerNorm::load_with(
                    take,
                    name,
                    config.layer_norm_eps,
                    names.norm_bias,
                )?),
                None => None,
            },
            dropout: config.hidden_dropout,
            first_position: config.first_position,
            projection: match names.projection {
                Some(name) => Some(Linear::load(take, name)?),
                None => None,
            },
        })
    }

    /// A table alone, with a row of zeros behind it that never learns and is not saved.
    pub(crate) fn with_zeros(table: &Tensor, name: &'static str, dropout: f64) -> Self {
        let rows = table.size()[0];
        let zeros = Tensor::zeros([1, table.size()[1]], (table.kind(), table.device()));
        Self {
            names: EmbeddingNames {
                word: name,
                position: None,
                token_type: None,
                widened: None,
                norm: None,
                norm_bias: false,
                projection: None,
            },
            word: Tensor::cat(&[table, &zeros], 0),
            padding_row: rows,
            added_row: true,
            position: None,
            first_position: 0,
            token_type: None,
            widened: None,
            norm: None,
            dropout,
            projection: None,
        }
    }

    /// `[N]` → `[N, H]`. Dropout is on with masks only.
    pub(crate) fn forward(&self, batch: &Packed, masks: Option<&DropoutRng>) -> Tensor {
        let mut sum =
            Tensor::embedding(&self.word, &batch.input_ids, self.padding_row, false, false); // [N, E]
        if let Some(position) = &self.position {
            sum = sum.g_add_(&self.positions(position, batch)); // [N, E]
        }
        if let Some(token_type) = &self.token_type {
            sum = sum.g_add_(&token_type.get(0)); // [E] to every row
        }
        if let Some(widened) = &self.widened {
            sum = widened.forward(&sum).to_kind(Kind::Float); // [N, H]
        }
        if let Some(norm) = &self.norm {
            sum = norm.forward(&sum);
        }
        let embedded = dropout(sum, self.dropout, masks);
        match &self.projection {
            Some(projection) => projection.forward(&embedded).to_kind(Kind::Float),
            None => embedded,
        }
    }

    /// Each token's row of the position embedding: `[N, E]`
    fn positions(&self, table: &Tensor, batch: &Packed) -> Tensor {
        if self.first_position == 0 {
            return table.index_select(0, &batch.position_ids);
        }
        // Tokens that are padding, which a text can hold, do not count, and have the row of padding, which never learns.
        let counts = batch.input_ids.ne(self.padding_row).to_kind(Kind::Int64); // [N]
        let counted = counts.cumsum(0, Kind::Int64); // [N], from the start of the batch
        let before = (&counted - &counts)
            .index_select(0, &batch.starts)
            .index_select(0, &batch.text_ids); // [N], before the start of the text
        let padding = self.first_position - 1;
        let rows = (counted - before) * counts + padding;
        Tensor::embedding(table, &rows, padding, false, false)
    }

    /// Chooses the kind of products for a fit.
    ///
    /// # Errors
    /// [`NnError::Precision`] for int8.
    pub(crate) fn set_training_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.linears()
            .try_for_each(|linear| linear.set_training_precision(precision))
    }

    /// Chooses the kind of products for inference.
    ///
    /// # Errors
    /// [`NnError::Precision`] where libtorch has no such products here.
    pub(crate) fn set_inference_precision(&mut self, precision: Precision) -> Result<(), NnError> {
        self.linears()
            .try_for_each(|linear| linear.set_inference_precision(precision))
    }

    #[cfg(test)]
    pub(crate) fn force_bf16(&mut self, native: bool) {
        for linear in self.linears() {
            linear.force_bf16(native);
        }
    }

    fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        self.widened.iter_mut().chain(&mut self.projection)
    }

    /// Gives the embeddings to a checkpoint: the inverse of [`Embeddings::load`].
    pub(crate) fn export(&self, to: &mut NamedTensors) {
        let names = self.names;
        let rows = self.word.size()[0] - i64::from(self.added_row);
        to.push((names.word.to_owned(), self.word.narrow(0, 0, rows)));
        let tables = [
            (names.position, self.position.as_ref()),
            (names.token_type, self.token_type.as_ref()),
        ];
        for (name, tensor) in tables {
            if let (Some(name), Some(tensor)) = (name, tensor) {
                to.push((format!("{name}.weight"), tensor.shallow_clone()));
            }
        }
        if let (Some(name), Some(widened)) = (names.widened, &self.widened) {
            widened.export(name, to);
        }
        if let (Some(name), Some(norm)) = (names.norm, &self.norm) {
            norm.export(name, to);
        }
        if let (Some(name), Some(projection)) = (names.projection, &self.projection) {
            projection.export(name, to);
        }
    }

    /// The same embeddings again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            names: self.names,
            word: self.word.shallow_clone(),
            padding_row: self.padding_row,
            added_row: self.added_row,
            position: self.position.as_ref().map(Tensor::shallow_clone),
            token_type: self.token_type.as_ref().map(Tensor::shallow_clone),
            widened: self.widened.as_ref().map(Linear::shallow_clone),
            norm: self.norm.as_ref().map(LayerNorm::shallow_clone),
            dropout: self.dropout,
            first_position: self.first_position,
            projection: self.projection.as_ref().map(Linear::shallow_clone),
        }
    }
}

impl Parameters for Embeddings {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        let tables = [
            ("word", Some(&mut self.word)),
            ("position", self.position.as_mut()),
            ("token_type", self.token_type.as_mut()),
        ];
        for (name, tensor) in tables {
            if let Some(tensor) = tensor {
                let name = join(prefix, name);
                visit(Parameter { name, tensor });
            }
        }
        if let Some(widened) = &mut self.widened {
            widened.visit(&join(prefix, "widened"), visit);
        }
        if let Some(norm) = &mut self.norm {
            norm.visit(&join(prefix, "norm"), visit);
        }
        if let Some(projection) = &mut self.projection {
            projection.visit(&join(prefix, "projection"), visit);
        }
    }
}
