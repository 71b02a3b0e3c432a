"""The embedded sample: a synthetic landscape over the notebook's Évian box, and what satellites
and map makers would have made of it in 2018.

Everything is drawn from one truth (`landscape`) and a seed; nothing is downloaded, nothing binary
is kept in the repository, and equal arguments give equal bytes. `generate` writes it; this module
is light, since every run asks it what the sample holds.
"""

RECIPE = 6
"""Version of the sample; raise it when its bytes would change."""

EVIAN = (6.488023408101995, 46.31431816468718, 6.798387177633245, 46.416664011458344)
"""West, south, east, north (degrees) of the box the sample covers: the notebook's."""

YEAR = 2018
"""The year of its scenes."""

PRODUCT_FILES = (
    "WAW_2018_010m_fr_03035_v020.zip",
    "IMD_2018_010m_fr_03035_v020.zip",
    "TCD_2018_010m_fr_03035_v020.zip",
    "DLT_2018_010m_fr_03035_v020.zip",
    "FTY_2018_010m_fr_03035_v010.zip",
    "GRA_2018_010m_fr_03035_v010.zip",
    "CTY_2018_010m_fr_03035_v010.zip",
    "CLMS_CLCPLUS_RAS_S2018_R10m_fr_03035_V01_R00.zip",
    "EUCROPMAP_2018.tif",
    "GSW_OCCURRENCE.tif",
    "GSW_SEASONALITY.tif",
    "WORLDCOVER_2021.tif",
    "CANOPY_HEIGHT_2020.tif",
    "DEM.tif",
)
"""The products, as they are delivered, in the folder `products`."""

REFERENCE_LAYERS = ("level3", "lifeform_veg_cat", "leaftype_veg_cat")
"""Of the truth: what the class of a reference point is written from."""
REFERENCE_POINTS = 1000
LABEL_ERRORS = 0.03
"""The share of these points whose class is wrong on purpose."""

TRUTH_LAYERS = (
    "vegetat_veg_cat",
    "aquatic_wat_cat",
    "cultman_agr_cat",
    "artific_urb_cat",
    "lifeform_veg_cat",
    "canopyco_veg_con",
    "leaftype_veg_cat",
    "waterstt_wat_cat",
    "waterper_wat_cin",
    "phenolog_veg_cat",
    "canopyht_veg_con",
)
"""Layers whose truth is known, each a file in the folder `truth`, beside `truth` and `level3`."""
