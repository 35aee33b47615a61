"""What a model is for and what it is not, and what its probabilities take for granted."""

from collections.abc import Mapping

INTENDED_USE = (
    "A second opinion on one dermoscopic image for a physician who examines the patient, and research. Not a medical "
    "device; not for screening, triage without a physician, self-examination, or as the only ground for any decision."
)
MISUSE = (
    "Calling a lesion harmless because the model does: it misses malignant lesions, and the report says how many.",
    "Healthy skin, nails, mucosa, lesions that have been operated on, and pictures that are not dermoscopic.",
    "Any disease that is not among its categories: it answers in their terms all the same.",
    "Patients unlike those of the data, by skin, age, region or device, before its figures were measured there.",
    "Self-examination, screening, insurance, or any decision that nobody who has seen the patient takes.",
)
PRIORS_READ: Mapping[str, str] = {
    "logit adjusted": "The loss took account of how frequent each category is, so logits suppose all equally frequent.",
    "cross entropy": "Logits suppose the categories as frequent as in the training batches.",
    "class balanced": "Logits suppose the categories more equally frequent than in the training batches.",
    "focal": "Logits are of no exact prior: the loss made little of easy images.",
}
"""By the loss a model was trained with."""
