// Package pitgate is the front door that is pitwall's own gateway in a
// container. Its admin API listens on loopback inside that container only, so
// it is asked by running `pitwall gateway state` there. A change is one
// request with the generation that it replaces: a lost race is refused by the
// gateway itself, and no request is lost.
package pitgate
