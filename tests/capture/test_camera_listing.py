from capture.camera_listing import CameraListing, describe_cameras


def test_what_to_type_comes_first() -> None:
    text = describe_cameras(
        [
            CameraListing(kind="genicam", selector="genicam:4103217", vendor="Acme", model="Eye 5"),
            CameraListing(kind="uvc", selector="uvc:0"),
        ]
    )
    assert text == "genicam:4103217  Acme Eye 5\nuvc:0"


def test_without_a_camera_it_names_the_simulated_one() -> None:
    assert "--camera sim" in describe_cameras([])
