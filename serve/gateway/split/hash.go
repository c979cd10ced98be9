package split

import "encoding/binary"

// Hash is MurmurHash2, 32 bits, seed 0: what nginx's split_clients computes
// over its key (ngx_murmur_hash2 in src/core/ngx_murmurhash.c).
func Hash(key string) uint32 {
	const m = 0x5bd1e995
	h := uint32(len(key))
	for len(key) >= 4 {
		k := binary.LittleEndian.Uint32([]byte(key[:4])) * m
		k ^= k >> 24
		h = h*m ^ k*m
		key = key[4:]
	}
	if len(key) > 0 {
		for i := range len(key) {
			h ^= uint32(key[i]) << (8 * i)
		}
		h *= m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}

// threshold is the number of hash values that a part of so many points wins:
// floor(points × 0xffffffff / 10000), nginx's arithmetic.
func threshold(points int) uint32 {
	return uint32(uint64(points) * 0xffffffff / Whole)
}
