from tests.journeys.conftest import company as company
