# unit tests of json
