# unit tests of docker
