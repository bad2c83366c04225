import json

from publish.look.web.news import News


def test_stages_follow_the_estimator_and_the_slices() -> None:
    preparing = [False]
    news = News(source="bench", live=True, preparing=lambda: preparing[0])
    assert news.stage == "waiting"
    preparing[0] = True
    assert news.stage == "building"
    preparing[0] = False
    news.add_slice()
    assert json.loads(news.text()) == {"stage": "measuring", "source": "bench", "live": True, "slices": 1}
