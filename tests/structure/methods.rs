//! Methods that stand in another file than their type: who calls one needs that file without naming it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use syn::visit::{self, Visit};
use syn::{ImplItem, Item, ItemImpl, Type};

use super::modules::{Modules, Target, is_test};

/// A method away from its type.
pub(super) struct Away {
    /// The file of the method.
    pub(super) file: PathBuf,
    /// The file of the type.
    pub(super) home: PathBuf,
}

/// The methods away from their types, by name. Names that several files define are left out: a call does not say whose it is.
pub(super) fn away(modules: &Modules) -> BTreeMap<String, Away> {
    let mut found = BTreeMap::new();
    let mut files: BTreeMap<String, BTreeSet<&PathBuf>> = BTreeMap::new();
    for (index, module) in modules.list.iter().enumerate() {
        for item in &module.items {
            let Item::Impl(block) = item else {
                continue;
            };
            let home = home(modules, index, block).filter(|home| *home != module.file);
            for item in &block.items {
                if let ImplItem::Fn(method) = item {
                    let name = method.sig.ident.to_string();
                    files.entry(name.clone()).or_default().insert(&module.file);
                    if let (Some(home), None) = (&home, &block.trait_) {
                        let (file, home) = (module.file.clone(), home.clone());
                        found.insert(name, Away { file, home });
                    }
                }
            }
        }
    }
    found.retain(|name, _| files[name].len() == 1);
    found
}

/// The file of an `impl`'s type.
fn home(modules: &Modules, module: usize, block: &ItemImpl) -> Option<PathBuf> {
    let Type::Path(path) = block.self_ty.as_ref() else {
        return None;
    };
    let steps = path.path.segments.iter();
    let steps: Vec<String> = steps.map(|step| step.ident.to_string()).collect();
    let mut targets = modules.resolve(module, &steps).into_iter();
    targets.find_map(|target| match target {
        Target::Item { file, .. } => Some(file),
        Target::Module(_) => None,
    })
}

/// The names of the methods that these items call.
pub(super) fn calls(items: &[Item]) -> BTreeSet<String> {
    let mut calls = Calls::default();
    for item in items {
        if !matches!(item, Item::Mod(_)) {
            calls.visit_item(item);
        }
    }
    calls.0
}

#[derive(Default)]
struct Calls(BTreeSet<String>);

impl<'ast> Visit<'ast> for Calls {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }
}
