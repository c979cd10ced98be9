FROM scratch
# flaw: any/unreadable
COPPY x y
