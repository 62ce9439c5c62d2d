//! The paths that a module names in its code, in attributes and in the input of macros.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::modules::{Import, imports, is_test};

/// A path, name by name.
pub(super) type Path = Vec<String>;

/// The paths in these items, those of child modules aside. What a public `use` hands on is not named by it.
pub(super) fn paths(items: &[syn::Item]) -> BTreeSet<Path> {
    let mut names = Names::default();
    for item in items {
        if !matches!(item, syn::Item::Mod(_)) {
            names.visit_item(item);
        }
    }
    names.paths
}

#[derive(Default)]
struct Names {
    paths: BTreeSet<Path>,
    /// The variables of the function that is visited: they hide items of the same name.
    variables: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, path: Path) {
        let is_variable = path.len() == 1 && self.variables.contains(&path[0]);
        if !is_variable {
            self.paths.insert(path);
        }
    }

    fn in_function(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let mut variables = Variables::default();
        variables.visit_signature(signature);
        variables.visit_block(body);
        let outer = std::mem::replace(&mut self.variables, variables.0);
        self.visit_signature(signature);
        self.visit_block(body);
        self.variables = outer;
    }

    /// The paths in the input of a macro, whose meaning only the macro knows.
    fn add_tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let sign = |place: Option<usize>, sign: char| {
            let tree = place.and_then(|place| trees.get(place));
            matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
        };
        let mut place = 0;
        while let Some(tree) = trees.get(place) {
            let (before, ahead) = (place.checked_sub(1), place.checked_sub(2));
            let is_member = sign(before, '.') && !sign(ahead, '.');
            match tree {
                TokenTree::Group(group) => self.add_tokens(group.stream()),
                TokenTree::Ident(word) if !is_member && !sign(before, '\'') => {
                    let mut path = vec![word.to_string()];
                    while sign(Some(place + 1), ':')
                        && sign(Some(place + 2), ':')
                        && let Some(TokenTree::Ident(word)) = trees.get(place + 3)
                    {
                        path.push(word.to_string());
                        place += 3;
                    }
                    self.add(path);
                }
                _ => {}
            }
            place += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let named = imports(item).into_iter();
        let private = named.filter(|import| !import.is_public);
        self.paths.extend(private.map(Import::into_path));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        item.attrs
            .iter()
            .for_each(|attribute| self.visit_attribute(attribute));
        self.in_function(&item.sig, &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        item.attrs
            .iter()
            .for_each(|attribute| self.visit_attribute(attribute));
        self.in_function(&item.sig, &item.block);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path.segments.iter().map(|step| step.ident.to_string());
        self.add(names.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.add_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.add_tokens(list.tokens.clone());
        }
    }
}

/// The names that patterns bind; those with a capital letter are constants.
#[derive(Default)]
struct Variables(BTreeSet<String>);

impl<'ast> Visit<'ast> for Variables {
    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        let name = pattern.ident.to_string();
        if !name.starts_with(char::is_uppercase) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}
