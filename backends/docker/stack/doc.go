// Package stack is `pitwall up --backend docker` and `pitwall down`: the seed's
// deployments as containers of this same binary, on any Docker Engine, without
// a registry.
//
// Everything that is made carries the label com.pitwall.stack with the stack's
// name, and only what carries it is removed. Images carry com.pitwall.image
// instead, for a container inherits the labels of its image: one that somebody
// else runs from pitwall's image is not pitwall's to remove.
//
//	seed       what is served: deployments, versions, variants
//	binary     what the images are built from: a static Linux executable
//	image      the images and what is in them
//	plan       the containers, pure
//	up, mend   make what is missing
//	down       remove what was made
package stack
