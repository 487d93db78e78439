// What speaks for the model's opinion of a sample: parts of a text, or columns of a row.

/**
 * The parts, `{ from, to, class, gain }`, in the order of the sample; nothing where they cannot be had, since they only explain.
 *
 * @param {string} api
 * @param {number} sample
 */
export async function reasons(api, sample) {
  try {
    const answer = await fetch(`${api}/samples/${sample}/reasons`);
    return answer.ok ? (await answer.json()).parts : [];
  } catch {
    return [];
  }
}
