package nginx

import (
	"path"
	"slices"
)

const checkPrefix = "pitwall-check-"

// checkName is where the text of a file stands while nginx tests it.
func checkName(name string) string { return hidden(name, checkPrefix, "") }

// checkTexts gives what nginx has to test before some files get other texts:
// copies beside of those, and of the files that include them, in which the
// includes name the copies. The main file's copy is one of them.
func (c *config) checkTexts(texts map[string]string) (map[string]string, error) {
	changed, err := c.with(texts)
	if err != nil {
		return nil, err
	}
	copies := map[string]string{}
	for _, f := range changed.files {
		if f != changed.main && !changed.affected(f, texts, 0) {
			continue
		}
		var edits []edit
		changed.own(f.top, func(d *directive) {
			files := changed.included[d]
			if !slices.ContainsFunc(files, func(f *file) bool { return changed.affected(f, texts, 0) }) {
				return
			}
			text := ""
			for _, included := range files {
				name := included.path
				if changed.affected(included, texts, 0) {
					name = checkName(name)
				}
				text += "include " + quote(name) + "; "
			}
			edits = append(edits, edit{f, d.start, d.end, text})
		})
		done, err := apply(edits)
		if err != nil {
			return nil, err
		}
		copies[f.path] = f.text
		if len(edits) > 0 {
			copies[f.path] = done[f.path]
		}
	}
	return copies, nil
}

// affected tells whether a file or one that it includes gets another text.
func (c *config) affected(f *file, texts map[string]string, depth int) bool {
	if _, ok := texts[f.path]; ok || depth > maxIncludes {
		return ok
	}
	found := false
	c.own(f.top, func(d *directive) {
		for _, included := range c.included[d] {
			found = found || c.affected(included, texts, depth+1)
		}
	})
	return found
}

// own visits the directives that stand in the file itself.
func (c *config) own(d *directive, visit func(*directive)) {
	for _, child := range d.block {
		visit(child)
		c.own(child, visit)
	}
}

// checkMain is the copy that nginx is told to test.
func (c *config) checkMain() string { return path.Clean(checkName(c.main.path)) }
