//! Label propagation: over the vectors of a frozen encoder, labels spread from labelled to transfer texts, from neighbour to neighbour
//! (Zhou et al. 2004).

use super::frozen::{frozen_declared, frozen_inputs, frozen_method, frozen_settings};
use super::{
    Cost, Declared, Dependencies, Method, MethodContext, MethodError, Outcome, Progress,
    Requirements, Settings,
};
use crate::classic::LabelPropagationParams;

frozen_settings! {
    /// A frozen encoder, and labels that spread over the graph of its vectors' neighbours.
    LabelPropagation {
        /// Nearest texts, by cosine, that a text is joined with: labelled and transfer texts in the graph, others with those in it.
        #[serde(default = "default_neighbours")]
        #[schemars(range(min = 1, max = 1000))]
        pub neighbours: u32,
        /// How much of a text's score comes from its neighbours; the rest is its own label.
        #[serde(default = "default_alpha")]
        #[schemars(range(min = 0.001, max = 0.999))]
        pub alpha: f64,
        /// Transfer texts in the graph, drawn by the `sample` stream. Default: all.
        #[schemars(range(min = 2, max = 100_000_000))]
        pub transfer_size: Option<u32>,
    }
    LabelPropagationInputs {
        /// Nearest texts that a text is joined with.
        pub neighbours: u32,
        /// How much of a text's score comes from its neighbours.
        pub alpha: f64,
    }
}

fn default_neighbours() -> u32 {
    20
}

fn default_alpha() -> f64 {
    0.9
}

impl Settings for LabelPropagation {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements().with_transfer(self.transfer_size)
    }
}

impl Settings for LabelPropagationInputs {
    fn requirements(&self) -> Requirements<'_> {
        self.frozen_requirements()
            .with_transfer(self.transfer_size())
    }
}

impl Declared for LabelPropagation {
    type Inputs = LabelPropagationInputs;

    fn resolve(&self, dependencies: Dependencies) -> Option<Self::Inputs> {
        frozen_inputs!(
            self,
            dependencies,
            LabelPropagationInputs {
                neighbours: self.neighbours,
                alpha: self.alpha,
            }
        )
    }

    frozen_declared!();
}

impl Method for LabelPropagationInputs {
    /// Spreads the labels over the labelled and the transfer texts, and scores the others by their neighbours among these.
    fn run(
        &self,
        context: &MethodContext,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, MethodError> {
        let classes = context.classes.count();
        context.check_pool()?;
        self.frozen().run(
            (&self.encoder, self.pooling),
            context,
            on_progress,
            |maker, labelled, _| {
                let pool = maker.of_pool(context.pool)?;
                let rows: Vec<&Vec<f32>> = labelled.rows.iter().chain(&pool).collect();
                let params = LabelPropagationParams {
                    neighbours: self.neighbours as usize,
                    alpha: self.alpha,
                    ..LabelPropagationParams::default()
                };
                Ok(params.fit(&rows, (&labelled.labels, &labelled.weights), classes)?)
            },
            |model, _, rows| Ok(model.predict_proba(rows)?),
        )
    }

    fn cost(&self) -> Cost {
        Cost {
            fit_secs: 0.5,
            ..Cost::default()
        }
    }

    frozen_method!();
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::row_table::{self, RowTable};
    use crate::{Center, LayeredFeatures};
    use fsl_common::classes::Label;
    use fsl_common::probabilities::Probabilities;
    use fsl_common::settings::Pooling;

    /// What tests/golden/label_propagation/generate.py left.
    #[derive(Deserialize)]
    struct Golden {
        names: Vec<String>,
        neighbours: u32,
        alpha: f64,
        train: Vec<String>,
        labels: Vec<Label>,
        pool: Vec<String>,
        test: Vec<String>,
        raw: RowTable,
        /// One column for each class, of two as well.
        probabilities: Vec<Vec<f64>>,
    }

    fn golden(name: &str) -> Golden {
        let path = fsl_test_support::golden(&format!("label_propagation/{name}.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    impl Golden {
        fn inputs(&self) -> LabelPropagationInputs {
            LabelPropagationInputs {
                encoder: row_table::encoder(),
                pooling: Pooling::Mean,
                features: None,
                label_names: None,
                pool: Some(row_table::pool()),
                neighbours: self.neighbours,
                alpha: self.alpha,
            }
        }

        fn run(&self, inputs: &LabelPropagationInputs) -> Result<Probabilities, MethodError> {
            let case = row_table::Case {
                names: &self.names,
                train: (&self.train, &self.labels),
                pool: &self.pool,
                test: &self.test,
                encoders: &self.raw,
            };
            case.run(inputs, &mut |_| {})
        }

        /// 1e-6: features are f32, and scores far from all labels are small.
        fn assert_found(&self, inputs: &LabelPropagationInputs) {
            let found = self.run(inputs).unwrap();
            assert_eq!(found.texts(), self.test.len());
            for (text, expected) in self.probabilities.iter().enumerate() {
                for (label, expected) in expected.iter().enumerate() {
                    let found = found.of(text, label as Label);
                    assert!((found - expected).abs() < 1e-6, "{text}: {found}");
                }
            }
        }
    }

    /// Witness: NumPy's dense solver on the graph of scikit-learn's `NearestNeighbors`, which came to the same as `LabelSpreading`.
    #[test]
    fn probabilities_of_two_classes_are_those_of_scikit_learn() {
        let golden = golden("two");
        golden.assert_found(&golden.inputs());
    }

    /// Witness: the same solver and neighbours, without `LabelSpreading`: names of classes weigh more than texts, and it knows no weights.
    #[test]
    fn probabilities_with_layers_and_names_of_classes_are_those_of_a_dense_solver() {
        let golden = golden("three");
        let features = LayeredFeatures {
            layers: vec![0, 1, 2],
            weights: vec![1.0, 1.0, 2.0],
            center: Center::Pool,
            normalize: true,
        };
        let names = serde_json::json!({ "templates": ["{}", "it was {}."] });
        golden.assert_found(&LabelPropagationInputs {
            features: Some(features.resolved()),
            label_names: Some(serde_json::from_value(names).unwrap()),
            ..golden.inputs()
        });
    }

    #[test]
    fn without_a_pool_there_is_nothing_to_spread_over() {
        let golden = Golden {
            pool: Vec::new(),
            ..golden("two")
        };
        let error = golden.run(&golden.inputs()).unwrap_err();
        let expected = "there are 0 transfer texts to learn from, at least two are needed";
        assert_eq!(error.to_string(), expected);
    }
}
