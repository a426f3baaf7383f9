"""Encode what an analysis found, and decide what its passages are if that takes no service."""

from passagework.domain.analysis import FileAnalysis, SameAudio
from passagework.domain.encoded_analysis import WorkResult
from passagework.domain.identification.linking.at_once import links_of_tags
from passagework.domain.jobs import Finish
from passagework.persistence.rows.encoded import encode_analysis, encode_tags


def encoded(result: WorkResult, finish: Finish | None) -> WorkResult:
    """Return the analysis as the library stores it; any other result as it is.

    There are two cases in which something of it is left to the importing process: if no decision can be made, the
    linker makes it, and reports the defect; if it cannot be encoded, the library rejects it and says why.
    """
    if finish is None or not isinstance(result, FileAnalysis | SameAudio):
        return result
    links = None
    if isinstance(result, FileAnalysis) and finish is Finish.LINK_AND_ENCODE:
        try:
            links = links_of_tags(result)
        except Exception:  # noqa: BLE001 - a defect of a decision costs no analysis
            links = None
    try:
        return encode_tags(result) if isinstance(result, SameAudio) else encode_analysis(result, links)
    except Exception:  # noqa: BLE001 - whatever is wrong with it
        return result
