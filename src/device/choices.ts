import { choiceIds, type Choice, type ChoiceId, type DeviceChoices, type DeviceProfile } from './profile.js'

/** What a choice is where a profile says nothing of it. */
const defaults: Readonly<Record<ChoiceId, Choice>> = {
  'cma.reading': { value: 'uniform', options: ['uniform'], source: 'the profile says nothing: one rate at any size' },
  rates: { value: 'carved', options: ['carved', 'added'], source: 'prefill rates are end to end: attention, norms and head carved out of them, or added to them' },
  smmu: { value: 'separate', options: ['separate', 'inside'], source: 'the SMMU mapping beside the allocation, or inside it' },
  pageAllocation: { value: 'carved', options: ['carved', 'free'], source: 'an unprotected allocation costs what Flex-Mem’s does without its protection, or nothing' },
  checkpoint: { value: 'restored', options: ['restored', 'free'], source: 'the framework’s checkpoint is read from flash as the pipeline’s first piece, or costs nothing' },
}

/** Every word that a choice can have: what formulas ask for. */
export const choiceWords: Readonly<Record<ChoiceId, readonly string[]>> = { ...(Object.fromEntries(choiceIds.map((id) => [id, defaults[id].options])) as Record<ChoiceId, readonly string[]>), 'cma.reading': ['uniform', 'knee'] }

export const choiceOf = (profile: DeviceProfile, id: ChoiceId): Choice => profile.choices[id] ?? defaults[id]

export function defaultChoices(profile: DeviceProfile): DeviceChoices {
  return Object.fromEntries(choiceIds.map((id) => [id, choiceOf(profile, id).value])) as DeviceChoices
}
