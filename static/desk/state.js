// The state that the server sends with the page: JSON in its own script element.

/**
 * @typedef {object} State
 * @property {string} api Where the JSON twin of the page begins.
 * @property {string} project The project's name in addresses.
 * @property {number} account Who is signed in.
 * @property {"single" | "multi"} task Whether a sample has one class or any number of them.
 * @property {string} modality What samples are; names the module of the stage.
 * @property {string} none The key that says none of the classes, where samples have any number of them.
 * @property {string} texts What scripts say, as Fluent source.
 * @property {Lease} [card] The sample that its own page shows.
 * @property {Lease[]} [leases] Samples that are this person's already.
 * @property {Entry[]} [history] The person's own answers, oldest first.
 * @property {Flag[]} [flags] What was asked of the lead.
 * @property {string} [reserved] Keys that no class may have.
 * @property {number} [size] Samples of a group, and between which numbers that may be.
 * @property {number} [least]
 * @property {number} [most]
 * @property {number} [like] The sample that a group is to be like.
 * @property {number} [class] The class that a group is to be taken for.
 * @property {string} [area] The part of the map that a group is from.
 * @property {string} [only] The value that samples of that part have.
 * @property {any} [map] The version of the map that the part was drawn on; on the map's page, the map without its points.
 * @property {string} [slug] The project in addresses of pages.
 */

/**
 * @typedef {object} View How a sample is looked at.
 * @property {string} url
 * @property {number} width
 * @property {number} height
 * @property {{ url: string, size: number, levels: number }} [tiles]
 */

/**
 * @typedef {object} Lease A sample that is with this person.
 * @property {{ id: number, name?: string }} sample
 * @property {string} [lease]
 * @property {string} media_url
 * @property {string} [thumb_url]
 * @property {View} [view]
 * @property {string} [why]
 * @property {{ class?: number, classes?: number[], probability: number }} [opinion]
 * @property {string} [was] What was answered before it was taken back.
 * @property {number[]} [chosen] The classes of that answer.
 */

/**
 * @typedef {object} Entry An answer, as the history keeps it; of `class`, `classes` and `skip` one says something.
 * @property {string} id
 * @property {number} sample
 * @property {View} [view]
 * @property {number} [class]
 * @property {number[]} [classes]
 * @property {string} [skip]
 * @property {boolean} changed Whether it replaced an earlier one.
 * @property {number} [at] When it was given, in milliseconds.
 */

/**
 * @typedef {object} Flag A question to the lead, and what was said since.
 * @property {string} id
 * @property {string} thumb_url
 * @property {boolean} unseen
 * @property {{ by: string, kind: string, text: string }[]} notes
 */

/** @type {State} */
export const state = JSON.parse(document.querySelector("script[data-state]").textContent);
