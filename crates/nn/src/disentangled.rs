//! Disentangled attention: scores of contents and of distances, each with keys and queries of their own.
//!
//! Paper: arXiv 2006.03654, section 3.1. The score of a query at `i` and a key at `j` is `(qᵢ·kⱼ + qᵢ·K[δ] + kⱼ·Q[δ]) / √(D·n)`. `K` and
//! `Q` are keys and queries made of a table of relative embeddings, which all blocks share; `δ` is the table's row for the distance
//! `i - j`, and `n` counts the terms. Only rows that a batch needs are projected, once per block.
//!
//! Shapes: `R` rows of the table that a batch needs; see [`encoder`](super::encoder) for the others.

pub(crate) mod graph;

use tch::{Device, Kind, Tensor};

use super::NnError;
use super::attention::{Attention, QueryRows};
use super::batch::Packed;
use super::config::EncoderConfig;
use super::dropout::{DropoutRng, dropout};
use super::layers::{LayerNorm, NamedTensors, Parameter, Parameters, Take, join};
use super::linear::Linear;
use super::settings::{Distances, RelativeSettings};
use super::stack::Shared;

impl Distances {
    /// The table's rows for distances, both Int64. In Float, by the reference's operations, as rounding up is not continuous.
    fn rows(&self, distances: &Tensor) -> Tensor {
        let bucket = match self.buckets {
            None => distances.shallow_clone(),
            Some(buckets) => {
                let exact = buckets / 2;
                let far = distances.abs();
                // Near distances, whose logarithm is not looked at, become 1 bucket's.
                let shared = far.clamp_min(exact).to_kind(Kind::Float) / exact as f64;
                let range = Tensor::from((self.longest - 1) as f64 / exact as f64);
                let steps = shared.log() / range.to_kind(Kind::Float).log() * (exact - 1) as f64;
                let steps = (steps.ceil() + exact as f64) * distances.sign();
                distances.where_self(&far.le(exact), &steps.to_kind(Kind::Int64))
            }
        };
        (bucket + self.span()).clamp(0, 2 * self.span() - 1)
    }
}

/// What a batch needs of the table of relative embeddings.
pub(crate) struct RelativeRows {
    /// `[R, H]`, normalised where the table is.
    rows: Tensor,
    /// `[T, T]` Int64: the row for the query at `i` and the key at `j`.
    by_query: Tensor,
    /// The same transposed.
    by_key: Tensor,
}

/// The table of relative embeddings.
pub(crate) struct RelativeTable {
    /// Of the table and its normalisation in a checkpoint, without `.weight` and `.bias`.
    names: [&'static str; 2],
    /// `[2·span, H]`
    table: Tensor,
    norm: Option<LayerNorm>,
    distances: Distances,
    /// `A` of the encoder
    heads: i64,
}

impl RelativeTable {
    /// Takes the table and its normalisation, if it has one, from a checkpoint.
    pub(crate) fn load(
        take: Take,
        names: [&'static str; 2],
        settings: RelativeSettings,
        config: &EncoderConfig,
    ) -> Result<Self, NnError> {
        let [table, norm] = names;
        Ok(Self {
            names,
            table: take(&format!("{table}.weight"))?,
            norm: if settings.normalised {
                Some(LayerNorm::load(take, norm, config.layer_norm_eps)?)
            } else {
                None
            },
            distances: settings.distances,
            heads: config.heads,
        })
    }

    /// The rows for distances from `1 - longest` to `longest - 1`, `[R, H]`, normalised where the table is, and which of them each
    /// distance has, `[2·T - 1]` Int64 on the CPU.
    fn by_distance(&self, longest: i64) -> [Tensor; 2] {
        let whole = (Kind::Int64, Device::Cpu);
        let distances = Tensor::arange_start(1 - longest, longest, whole);
        let by_distance = self.distances.rows(&distances);
        let first = by_distance.min().int64_value(&[]);
        let count = by_distance.max().int64_value(&[]) - first + 1;
        let rows = self.table.narrow(0, first, count);
        let rows = match &self.norm {
            Some(norm) => norm.forward(&rows),
            None => rows,
        };
        [rows, by_distance - first]
    }

    fn rows(&self, longest: i64) -> RelativeRows {
        let [rows, by_distance] = self.by_distance(longest);
        let places = Tensor::arange(longest, (Kind::Int64, Device::Cpu));
        let pairs = places.unsqueeze(1) - &places + (longest - 1); // [T, T]: distances from 0
        let by_query = by_distance.take(&pairs);
        let device = self.table.device();
        RelativeRows {
            rows,
            by_key: by_query.tr().contiguous().to_device(device),
            by_query: by_query.to_device(device),
        }
    }
}

impl Parameters for RelativeTable {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        visit(Parameter {
            name: join(prefix, "relative.table"),
            tensor: &mut self.table,
        });
        if let Some(norm) = &mut self.norm {
            norm.visit(&join(prefix, "relative.norm"), visit);
        }
    }
}

/// The table, where an encoder has one.
impl Shared for Option<RelativeTable> {
    type Context = Option<RelativeRows>;

    fn context(&self, batch: &Packed, _: Option<&DropoutRng>) -> Option<RelativeRows> {
        self.as_ref().map(|table| table.rows(batch.longest))
    }

    fn export(&self, to: &mut NamedTensors) {
        let Some(shared) = self else {
            return;
        };
        let [table, norm_name] = shared.names;
        to.push((format!("{table}.weight"), shared.table.shallow_clone()));
        if let Some(norm) = &shared.norm {
            norm.export(norm_name, to);
        }
    }

    fn shallow_clone(&self) -> Self {
        self.as_ref().map(|shared| RelativeTable {
            table: shared.table.shallow_clone(),
            norm: shared.norm.as_ref().map(LayerNorm::shallow_clone),
            ..*shared
        })
    }
}

impl Parameters for Option<RelativeTable> {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        if let Some(table) = self {
            table.visit(prefix, visit);
        }
    }
}

/// A block's projections of relative embeddings.
pub(crate) struct DistanceTerms {
    /// Keys, of which queries of contents look for some: the term `c2p`.
    pub(crate) key: Projection,
    /// Queries, which look for keys of contents: the term `p2c`.
    pub(crate) query: Projection,
    /// `[2·H, H]`: queries and keys of contents, made ready for inference.
    shared: Option<Linear>,
    /// Of relative embeddings.
    pub(crate) dropout: f64,
}

/// How keys or queries are made of relative embeddings.
pub(crate) enum Projection {
    /// The term is not there.
    Absent,
    /// As those of contents are.
    Shared,
    /// By weights of their own, `[H, H]`.
    Own(Linear),
}

impl Projection {
    fn own(&mut self) -> Option<&mut Linear> {
        match self {
            Self::Own(linear) => Some(linear),
            Self::Absent | Self::Shared => None,
        }
    }

    fn of(&self, rows: &Tensor, shared: Option<&Tensor>) -> Option<Tensor> {
        match self {
            Self::Absent => None,
            Self::Shared => shared.map(Tensor::shallow_clone),
            Self::Own(linear) => Some(linear.forward(rows)),
        }
    }

    fn shallow_clone(&self) -> Self {
        match self {
            Self::Absent => Self::Absent,
            Self::Shared => Self::Shared,
            Self::Own(linear) => Self::Own(linear.shallow_clone()),
        }
    }
}

impl DistanceTerms {
    /// Terms without dropout.
    pub(crate) fn new(key: Projection, query: Projection) -> Self {
        Self {
            key,
            query,
            shared: None,
            dropout: 0.0,
        }
    }

    /// What distances add to the scores of `query`, `[B, A, 1 or T, D]`, and `key`, `[B, A, T, D]`: `[B, A, 1 or T, T]`.
    pub(crate) fn scores(
        &self,
        attention: &Attention,
        [query, key]: [&Tensor; 2],
        relative: &RelativeRows,
        rows: QueryRows,
        masks: Option<&DropoutRng>,
    ) -> Option<Tensor> {
        let [keys, queries] = self.project(attention, &relative.rows, masks); // [A, R, D] each
        let content_to_position = keys.map(|keys| {
            let index = match rows {
                QueryRows::All => relative.by_query.shallow_clone(),
                QueryRows::First => relative.by_query.narrow(0, 0, 1),
            };
            looked_up(query, &keys, &index)
        });
        let position_to_content = queries.map(|queries| match rows {
            QueryRows::All => looked_up(key, &queries, &relative.by_key).transpose(2, 3),
            QueryRows::First => {
                let queries = queries.index_select(1, &relative.by_query.get(0)); // [A, T, D]
                let products = key * queries; // [B, A, T, D]
                products
                    .sum_dim_intlist([-1_i64].as_slice(), false, key.kind())
                    .unsqueeze(2)
            }
        });
        match (content_to_position, position_to_content) {
            (Some(left), Some(right)) => Some(left + right),
            (left, right) => left.or(right),
        }
    }

    /// Keys and queries of relative embeddings, `[R, H]`: `[A, R, D]` each, divided as scores are.
    fn project(
        &self,
        attention: &Attention,
        rows: &Tensor,
        masks: Option<&DropoutRng>,
    ) -> [Option<Tensor>; 2] {
        let rows = dropout(rows.shallow_clone(), self.dropout, masks);
        let both = self.shares().then(|| match &self.shared {
            Some(shared) => shared.forward(&rows),
            None => queries_and_keys(attention).forward(&rows),
        }); // [R, 2·H]
        let [query, key] = [0, 1].map(|part| {
            let both = both.as_ref()?;
            Some(both.chunk(2, 1)[part].shallow_clone())
        }); // [R, H] each
        let by_head = |rows: Tensor| {
            let count = rows.size()[0];
            (rows * attention.scale)
                .view([count, attention.heads, -1])
                .transpose(0, 1)
        };
        [
            self.key.of(&rows, key.as_ref()).map(by_head),
            self.query.of(&rows, query.as_ref()).map(by_head),
        ]
    }

    fn shares(&self) -> bool {
        matches!(self.key, Projection::Shared) || matches!(self.query, Projection::Shared)
    }

    /// The same again; the weights are shared.
    pub(crate) fn shallow_clone(&self) -> Self {
        Self {
            key: self.key.shallow_clone(),
            query: self.query.shallow_clone(),
            shared: self.shared.as_ref().map(Linear::shallow_clone),
            dropout: self.dropout,
        }
    }

    /// Makes the projections that contents share ready for inference.
    pub(crate) fn prepare(&mut self, attention: &Attention) {
        self.shared = self.shares().then(|| queries_and_keys(attention));
    }

    /// The inverse of [`DistanceTerms::prepare`], for weights that change.
    pub(crate) fn forget(&mut self) {
        self.shared = None;
    }

    /// The products that are not those of contents.
    pub(crate) fn linears(&mut self) -> impl Iterator<Item = &mut Linear> {
        let own = [self.key.own(), self.query.own()].into_iter().flatten();
        own.chain(&mut self.shared)
    }
}

impl Parameters for DistanceTerms {
    fn visit<'a>(&'a mut self, prefix: &str, visit: &mut dyn FnMut(Parameter<'a>)) {
        for (name, projection) in [("key", &mut self.key), ("query", &mut self.query)] {
            if let Some(linear) = projection.own() {
                linear.visit(&join(prefix, name), visit);
            }
        }
    }
}

/// `[2·H, H]`
fn queries_and_keys(attention: &Attention) -> Linear {
    let [both, _] = attention.qkv.split(2 * attention.output.weight.size()[0]);
    both
}

/// Products of `contents`, `[B, A, X, D]`, with those of `positions`, `[A, R, D]`, that `index` says, `[X, T]`: `[B, A, X, T]`.
fn looked_up(contents: &Tensor, positions: &Tensor, index: &Tensor) -> Tensor {
    let [texts, heads, tokens, width] = contents.size()[..] else {
        unreachable!("four dimensions")
    };
    let contents = contents
        .transpose(0, 1)
        .reshape([heads, texts * tokens, width]);
    let products = contents.bmm(&positions.transpose(1, 2)); // [A, B·X, R]
    let products = products.view([heads, texts, tokens, -1]).transpose(0, 1);
    let index = index.expand([texts, heads, tokens, index.size()[1]], false);
    products.gather(3, &index, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fsl_test_support::golden;

    #[derive(serde::Deserialize)]
    struct Golden {
        buckets: i64,
        longest: i64,
        rows: Vec<i64>,
    }

    /// Witness: `make_log_bucket_position` of transformers on distances from -600 to 600.
    #[test]
    fn distances_have_the_rows_of_the_reference() {
        let bytes = std::fs::read(golden("nn/deberta-v3/buckets.json")).unwrap();
        let all: Vec<Golden> = serde_json::from_slice(&bytes).unwrap();
        for golden in all {
            let distances = Distances {
                buckets: Some(golden.buckets),
                longest: golden.longest,
            };
            let every = Tensor::arange_start(-600, 601, (Kind::Int64, Device::Cpu));
            let rows = Vec::<i64>::try_from(distances.rows(&every)).unwrap();
            assert_eq!(rows, golden.rows, "{} {}", golden.buckets, golden.longest);
        }
    }
}
