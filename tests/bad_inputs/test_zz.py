from tests.bad_inputs.callers import *
def test_x(house, anna):
    kind = "application/x-www-form-urlencoded"
    r=anna.post(FAULT_FORM, data="a=1&"*300000, content_type=kind)
    print(r.status_code, r.text[-3000:])
    from flask import request
    with house.test_request_context("/x",method="POST",data="a=1&"*300000, content_type=kind):
        print(request.max_form_memory_size, request.content_length, request.max_content_length)
        try: print(len(request.form))
        except Exception as e: print(repr(e))
