"""Whether resampling helps: methods and classifiers compared on folds without a leak."""
