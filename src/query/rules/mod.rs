//! The strategies: one file each, which exports its [`Rule`], and one line here.

pub mod adaptive;
pub mod auto;
pub mod badge;
pub mod bait;
pub mod bald;
pub mod class_balanced;
pub mod cluster_margin;
pub mod consensus_entropy;
pub mod cvirs;
pub mod density_weighted;
pub mod drop_query;
pub mod entropy;
pub mod epsilon_random;
pub mod error_reduction;
pub mod expected_gradient_length;
pub mod falcun;
pub mod k_center;
pub mod lci;
pub mod least_confidence;
pub mod margin;
pub mod max_disagreement;
pub mod max_herding;
pub mod max_margin;
pub mod mean_margin;
pub mod mmc;
pub mod power;
pub mod prob_cover;
pub mod random;
pub mod ranked_batch;
pub mod ratio;
pub mod refine;
pub mod seals;
pub mod softmax;
pub mod tcm;
pub mod typi_clust;
pub mod u_herding;
pub mod variance_reduction;
pub mod vote_entropy;

use super::rule::Rule;

/// Every rule, in the order in which people see them.
pub static RULES: &[&Rule] = &[
    &auto::RULE,
    &random::RULE,
    &least_confidence::RULE,
    &margin::RULE,
    &entropy::RULE,
    &ratio::RULE,
    &vote_entropy::RULE,
    &consensus_entropy::RULE,
    &max_disagreement::RULE,
    &bald::RULE,
    &power::RULE,
    &softmax::RULE,
    &expected_gradient_length::RULE,
    &density_weighted::RULE,
    &k_center::RULE,
    &ranked_batch::RULE,
    &badge::RULE,
    &bait::RULE,
    &drop_query::RULE,
    &typi_clust::RULE,
    &prob_cover::RULE,
    &max_herding::RULE,
    &u_herding::RULE,
    &variance_reduction::RULE,
    &tcm::RULE,
    &cluster_margin::RULE,
    &falcun::RULE,
    &class_balanced::RULE,
    &epsilon_random::RULE,
    &error_reduction::RULE,
    &seals::RULE,
    &refine::RULE,
    &mean_margin::RULE,
    &max_margin::RULE,
    &mmc::RULE,
    &cvirs::RULE,
    &lci::RULE,
    &adaptive::RULE,
];
